"""Honest evaluation: protocols, metrics, intervals over tasks, reports."""
