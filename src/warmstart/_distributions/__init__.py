"""The families of distributions that a `Prediction` can hold, one per file."""
