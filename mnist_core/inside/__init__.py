"""What happens inside a network, and why it answers as it does."""
