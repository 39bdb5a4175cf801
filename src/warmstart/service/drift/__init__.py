"""Whether what is told still looks like what the model was trained on: watched behind the acknowledgements."""
