"""Decision rules: a prediction and its costs become an action."""
