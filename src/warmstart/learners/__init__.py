"""Learners and baselines, one algorithm a file, under one contract."""
