"""What a network gets wrong, and which labels are."""
