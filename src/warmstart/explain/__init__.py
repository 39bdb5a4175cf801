"""Why an answer is what it is: support rows and columns."""
