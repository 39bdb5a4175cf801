"""The HTTP service: it adapts, answers, decides and explains, and learns from the events that it is told."""
