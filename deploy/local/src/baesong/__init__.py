"""The `baesong` command: the whole system on one machine."""
