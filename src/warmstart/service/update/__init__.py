"""Learning again from the table and the log, and the gate that a new version passes before it answers."""
