"""Trained networks: stored, loaded, asked and exported."""
