"""Commerce problems, one frozen declaration per file."""
