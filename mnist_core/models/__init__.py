"""Trained networks: stored, loaded, run and exported."""
