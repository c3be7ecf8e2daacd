"""Starts an instance in the background and stops it again."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from baesong.connection import Connection, connection_of
from baesong.errors import BaesongError
from baesong.instance import InstanceSpec
from baesong.ownership import claim, is_free, owner_of
from baesong.part import Say
from baesong.supervisor import stop_leftovers

# A service may take 20 s to stop, Kafka's very first stop 4 s more for its class archive.
STOP_TIMEOUT_S = 90.0


def start_in_background(spec: InstanceSpec, say: Say) -> Connection:
    """Start an instance that outlives us, and return when all its parts are ready.

    Args:
        spec: what is wanted; its state folder must be named.
        say: told of each step, one line each.

    Raises:
        BaesongError: it could not start; nothing is left running.
    """
    if spec.state is None:
        raise BaesongError("an instance in the background needs a folder of its own")
    log = spec.state.resolve() / "logs" / "supervisor.log"
    daemon, reports = _spawned(spec, log)
    try:
        with _interrupts_heeded(), os.fdopen(reports) as lines:
            _heard(lines, say, log)
    except BaseException:
        daemon.terminate()
        daemon.wait()
        raise
    return connection_of(spec.state.resolve())


@contextmanager
def _interrupts_heeded() -> Iterator[None]:
    """Be interrupted at the end at the latest: one that is raised while an object is being deleted gets lost."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    heard: list[int] = []

    def interrupted(number: int, _: object) -> None:
        heard.append(number)
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGINT, interrupted)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
    if heard:
        raise KeyboardInterrupt


def _spawned(spec: InstanceSpec, log: Path) -> tuple["subprocess.Popen[bytes]", int]:
    log.parent.mkdir(parents=True, exist_ok=True)
    reads, writes = os.pipe()
    argv = [sys.executable, "-m", "baesong.daemon", json.dumps(spec.said()), str(writes)]
    with log.open("ab") as output:
        daemon = subprocess.Popen(  # noqa: S603 - no shell
            argv, stdin=subprocess.DEVNULL, stdout=output, stderr=output, pass_fds=[writes], start_new_session=True
        )
    os.close(writes)
    return daemon, reads


def _heard(lines: Iterable[str], say: Say, log: Path) -> None:
    for line in lines:
        said = json.loads(line)
        if "error" in said:
            raise BaesongError(said["error"])
        if "ready" in said:
            return
        say(said["step"])
    raise BaesongError(f"the supervisor ended before all was ready: see {log}")


def stop_in_background(state: Path) -> bool:
    """Stop the instance of this folder, or what is left of it, and wait until all is gone; False when nothing runs.

    Raises:
        BaesongError: it did not stop in time.
    """
    owner = owner_of(state)
    if owner is None:
        return asyncio.run(_cleared(state))
    os.kill(owner.pid, signal.SIGTERM)
    deadline = time.monotonic() + STOP_TIMEOUT_S
    while not is_free(state):
        if time.monotonic() > deadline:
            raise BaesongError(
                f"pid {owner.pid} did not stop within {STOP_TIMEOUT_S:.0f} s: see {state}/logs/supervisor.log"
            )
        time.sleep(0.05)
    return True


async def _cleared(state: Path) -> bool:
    """Stop what a supervisor that was killed left running."""
    if not (state / "processes.json").exists():
        return False
    lock = claim(state)
    try:
        return bool(await stop_leftovers(state))
    finally:
        lock.close()
