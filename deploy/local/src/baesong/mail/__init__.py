"""The local mail sink: every mail is kept in a folder and goes nowhere."""
