"""Metrics: arrays of probabilities and labels in, numbers out."""
