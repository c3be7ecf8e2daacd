"""Which location ships which unit, and how the stock moves. Pure: no I/O, no clock, no framework."""
