"""A test has one body and two sizes: CI's, and the one of the issues' tables (`make prove`)."""

import os

PROVE = os.environ.get("BAESONG_SIZE") == "prove"


def size(in_ci: int, in_prove: int) -> int:
    """How much of something this run does."""
    return in_prove if PROVE else in_ci
