"""What the lists that were shown have earned, and what those of another version would have."""
