"""The one error a user of the `baesong` command is meant to read."""


class BaesongError(Exception):
    """A part that cannot be had or a wish that cannot be met: one line that says what to do."""
