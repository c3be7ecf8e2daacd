"""Replay, as a service does it: what a signed record orders, how the event stands here, what became of it."""
