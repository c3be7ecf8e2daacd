"""Replays: what is run again, shown before it is done, done once, and told."""
