"""What is told, once, and in which words. Pure: no I/O, no clock, no framework."""
