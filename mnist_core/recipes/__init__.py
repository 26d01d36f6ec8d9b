"""Networks and their training, described as data."""
