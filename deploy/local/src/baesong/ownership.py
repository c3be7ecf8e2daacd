"""Who owns the folder of an instance: one process at a time, by a lock that its death lets go."""

import contextlib
import fcntl
import os
import tempfile
import time
from pathlib import Path
from typing import IO

from baesong.errors import BaesongError
from baesong.files import read_json, write_json
from baesong.processes import Identity, identity_of

# Another process that looks whether an owner is dead holds the lock for a moment.
CLAIM_TIMEOUT_S = 1.0
TEMPORARY = "baesong-"


def claim(folder: Path) -> IO[str]:
    """Take the folder, which is made if need be.

    Raises:
        BaesongError: another process owns it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    lock = _try_lock(folder, CLAIM_TIMEOUT_S)
    if lock is None:
        owner = owner_of(folder)
        who = f" (pid {owner.pid})" if owner else ""
        raise BaesongError(
            f"an instance runs in {folder} already{who}: look with `baesong status`, or `baesong down` first"
        )
    write_json(folder / "owner.json", {"pid": os.getpid(), "started": identity_of(os.getpid()).started})
    return lock


def owner_of(folder: Path) -> Identity | None:
    """Give the process that owns the folder now, if one does."""
    said = read_json(folder / "owner.json")
    if not said or is_free(folder):
        return None
    return Identity(int(said["pid"]), float(said["started"]))


def is_free(folder: Path) -> bool:
    """Say whether nobody owns the folder."""
    if not (folder / "lock").exists():
        return True
    lock = _try_lock(folder, 0)
    if lock:
        lock.close()
    return lock is not None


def temporary_folder() -> Path:
    """Make a folder for a throwaway instance."""
    return Path(tempfile.mkdtemp(prefix=TEMPORARY))


def orphaned_folders() -> list[Path]:
    """Give the temporary folders of ours whose owner died."""
    found = [each.parent for each in Path(tempfile.gettempdir()).glob(f"{TEMPORARY}*/owner.json")]
    return [each for each in found if each.stat().st_uid == os.geteuid() and is_free(each)]


def _try_lock(folder: Path, timeout_s: float) -> IO[str] | None:
    lock = (folder / "lock").open("w")
    deadline = time.monotonic() + timeout_s
    while True:
        with contextlib.suppress(BlockingIOError):
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return lock
        if time.monotonic() >= deadline:
            lock.close()
            return None
        time.sleep(0.05)
