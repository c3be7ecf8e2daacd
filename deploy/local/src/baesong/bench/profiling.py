"""Where the services' microseconds go: py-spy beside each of them, and its samples as microseconds an order.

py-spy is a developer's aid and no dependency: `uv pip install py-spy`.
"""

import shutil
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from baesong.bench.result import table
from baesong.errors import BaesongError

RATE = 100  # samples a second
MOST_FUNCTIONS = 40
LEAST_US = 3.0
EVERYTHING = 0.95  # of a service: a function that all goes through tells nothing
LONGEST_S = 3600


def spy_program() -> str:
    """Find py-spy beside our Python or on the path.

    Raises:
        BaesongError: there is none.
    """
    found = shutil.which("py-spy", path=str(Path(sys.executable).parent)) or shutil.which("py-spy")
    if not found:
        raise BaesongError("--profile needs py-spy: .tools/bin/uv pip install --python .venv/bin/python py-spy")
    return found


@contextmanager
def spied(pids: Mapping[str, int], folder: Path) -> Iterator[None]:
    """Sample these processes for as long as the block lasts; their stacks lie in the folder afterwards."""
    folder.mkdir(parents=True, exist_ok=True)
    spies = [_spy(pid, folder / f"{name}.stacks") for name, pid in pids.items()]
    try:
        yield
    finally:
        for spy in spies:
            spy.send_signal(signal.SIGINT)
        for spy in spies:
            spy.wait(timeout=30)


def _spy(pid: int, stacks: Path) -> "subprocess.Popen[bytes]":
    argv = [spy_program(), "record", "--pid", str(pid), "--rate", str(RATE), "--duration", str(LONGEST_S)]
    argv += ["--format", "raw", "--output", str(stacks), "--nonblocking"]
    return subprocess.Popen(argv, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # noqa: S603 - no shell


def shares(stacks: Iterable[str]) -> tuple[dict[str, float], dict[str, float]]:
    """Give per function the share of samples it stands in anywhere, and the share it stands in at the top.

    Args:
        stacks: lines such as `main (a.py:3);work (b.py:7) 12`, the outermost first.
    """
    within, at_top, total = Counter[str](), Counter[str](), 0
    for line in stacks:
        frames, _, count = line.rpartition(" ")
        names = [_without_line(frame) for frame in frames.split(";")]
        total += int(count)
        at_top[names[-1]] += int(count)
        for name in set(names):
            within[name] += int(count)
    return ({name: n / total for name, n in within.items()}, {name: n / total for name, n in at_top.items()})


def _without_line(frame: str) -> str:
    """Name a frame by function and file; samples of one function belong together."""
    return frame.rpartition(":")[0] + ")" if frame.endswith(")") and ":" in frame else frame


def page(folder: Path, us_per_order: Mapping[str, float]) -> str:
    """Give a table a service: microseconds an order within a function, and in it alone."""
    parts = [
        "# Profile\n\nMicroseconds an order, by py-spy's samples of each service; `alone` is without what it calls.\n"
    ]
    for stacks in sorted(folder.glob("*.stacks")):
        within, alone = shares(stacks.read_text().splitlines())
        us = us_per_order.get(stacks.stem, 0.0)
        rows = sorted(((share * us, alone.get(name, 0.0) * us, name) for name, share in within.items()), reverse=True)
        telling = [row for row in rows if LEAST_US < row[0] < EVERYTHING * us][:MOST_FUNCTIONS]
        shown = [(name, f"{inside:.0f}", f"{own:.0f}") for inside, own, name in telling]
        parts += [f"## {stacks.stem}, {us:.0f} µs\n", table(("function", "within", "alone"), shown)]
        top = sorted(((share * us, name) for name, share in alone.items()), reverse=True)[:MOST_FUNCTIONS]
        parts.append(table(("most alone", "µs"), [(name, f"{own:.0f}") for own, name in top if own > LEAST_US]))
    return "\n".join(parts)
