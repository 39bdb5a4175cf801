"""What the service keeps: the event log (truth), models, adapted states (rebuildable from the log), keys."""
