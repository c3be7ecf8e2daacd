"""What an upstream checkout would send: generated or past orders, with a list of what must come of each."""
