"""Named points at which a process can be killed from inside, for tests.

`BAESONG_FAILPOINTS` names a file that holds `<point> <n>`: the n-th time the point is reached, the file is removed
and the process kills itself with SIGKILL; or, where `<signal>` stands behind, sends itself that one (SIGSTOP). Without
the variable a point costs one comparison.
"""

import os
import signal
from collections import Counter
from pathlib import Path

POINTS = (
    "after_poll",
    "after_inbox",
    "before_commit",
    "after_commit",
    "mid_publish",
    "before_offsets",
    "act_after_commit",
    "blocked_after_commit",
    "effect_after_intent",
    "effect_after_call",
    "effect_after_commit",
)
# Reached only by what an operator orders; each has its test.
OPERATED = (
    "republish_after_commit",
    "rebuild_made",
    "rebuild_filled",
    "rebuild_before_commit",
    "rebuild_exchanged",
)

_ARMED = os.environ.get("BAESONG_FAILPOINTS")
_reached: Counter[str] = Counter()


def failpoint(name: str) -> None:
    """Die here, if a test said so."""
    if _ARMED is not None:
        _reach(name, Path(_ARMED))


def is_armed(name: str) -> bool:
    """Say whether a test wants this very point, which needs more than a line to be reached."""
    return _ARMED is not None and _wanted(Path(_ARMED))[0] == name


def _reach(name: str, armed: Path) -> None:
    point, count, sign = _wanted(armed)
    if point != name:
        return
    _reached[name] += 1
    if _reached[name] >= count:
        _reached[name] = 0
        armed.unlink(missing_ok=True)
        os.kill(os.getpid(), sign)


def _wanted(armed: Path) -> tuple[str, int, signal.Signals]:
    """The point that is armed, which pass of it, and what happens there; no point where the file is gone."""
    try:
        words = armed.read_text().split()
    except FileNotFoundError:
        return "", 0, signal.SIGKILL
    point, count, sign = [*words, *("", "1", "SIGKILL")[len(words) :]]
    return point, int(count), signal.Signals[sign]
