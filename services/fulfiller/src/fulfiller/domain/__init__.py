"""What the fulfiller decides. Pure: no I/O, no clock, no framework."""
