"""How good answers are: arrays of probabilities and labels in, numbers out."""
