"""Data sets: MNIST and others of its shape, and what there is to find in them."""
