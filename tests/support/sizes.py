"""A test has one body and two sizes: CI's, and the one of the issues' tables (`make prove`).

`BAESONG_SIZE=small` is CI's, with nothing left out for want of minutes.
"""

import os

PROVE = os.environ.get("BAESONG_SIZE") == "prove"
WHOLE = PROVE or os.environ.get("BAESONG_SIZE") == "small"


def size(in_ci: int, in_prove: int) -> int:
    """How much of something this run does."""
    return in_prove if PROVE else in_ci
