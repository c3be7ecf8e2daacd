"""What is accepted, cancelled and said of an order. Pure: no I/O, no clock, no framework."""
