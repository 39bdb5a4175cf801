"""Tables as tasks: splits without leaks, episodes, padded batches."""
