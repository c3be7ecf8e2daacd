"""What is fetched or made once per user and used by every instance."""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path


def cache_folder() -> Path:
    """Where things made once are kept; `BAESONG_CACHE` moves it."""
    given = os.environ.get("BAESONG_CACHE")
    return Path(given) if given else Path.home() / ".cache" / "baesong"


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the file lock at `path`, waiting for whoever holds it; it is let go when its holder dies."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def made_once(target: Path, make: Callable[[Path], None]) -> Path:
    """Give `target`, made by `make` if it is not there; it appears whole or not at all.

    Args:
        target: the finished file or folder.
        make: fills the path it is given, which lies beside the target and does not exist yet.
    """
    if target.exists():
        return target
    with locked(target.parent / f".{target.name}.lock"):
        if not target.exists():
            _make_beside(target, make)
    return target


def _make_beside(target: Path, make: Callable[[Path], None]) -> None:
    scratch = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
    try:
        make(scratch / target.name)
        (scratch / target.name).rename(target)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
