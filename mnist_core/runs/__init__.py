"""Training runs: a folder and a process each."""
