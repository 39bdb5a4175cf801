"""Speed of what users wait for; see `__main__`."""
