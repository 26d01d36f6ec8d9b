"""The See inside page."""
