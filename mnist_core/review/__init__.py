"""Review a network's mistakes and the data set's labels."""
