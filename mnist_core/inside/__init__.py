"""What a network computes, and why it gives its answer."""
