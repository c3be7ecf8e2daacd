"""Processes of ours: started in a session of their own, known again by pid and start time, stopped by pid only."""

import asyncio
import os
import pwd
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

import psutil

# psutil reads start times from the boot time, which moves a little when the clock is set.
START_TIME_TOLERANCE_S = 2.0
POLL_S = 0.02


class Account(TypedDict, total=False):
    """The arguments of `subprocess` that start a process as another user."""

    user: int
    group: int
    extra_groups: list[int]


def as_user(name: str | None) -> Account:
    """Give what starts a process as that user, in no group of ours; nothing for ourselves."""
    if name is None:
        return {}
    account = pwd.getpwnam(name)
    return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}


@dataclass(frozen=True)
class Identity:
    """A process that cannot be taken for another one that was given the same pid later."""

    pid: int
    started: float

    def alive(self) -> bool:
        """Say whether this very process still runs."""
        try:
            process = psutil.Process(self.pid)
            same = abs(float(process.create_time()) - self.started) < START_TIME_TOLERANCE_S
            return same and str(process.status()) != psutil.STATUS_ZOMBIE
        except psutil.NoSuchProcess:
            return False


def identity_of(pid: int) -> Identity:
    """Give the identity of a process that runs now."""
    return Identity(pid, psutil.Process(pid).create_time())


class Child:
    """A process we started; its output goes to a log file."""

    def __init__(
        self,
        argv: Sequence[str],
        log: Path,
        *,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        user: str | None = None,
    ) -> None:
        log.parent.mkdir(parents=True, exist_ok=True)
        self.log = log
        self.log_start = log.stat().st_size if log.exists() else 0
        with log.open("ab") as output:
            self._process = subprocess.Popen(  # noqa: S603 - a list of our own making, never a shell
                argv,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=None if env is None else dict(env),
                cwd=cwd,
                start_new_session=True,
                **as_user(user),
            )
        self.identity = identity_of(self._process.pid)

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    @property
    def exit_code(self) -> int | None:
        """How it ended (negative: by which signal), or None while it runs."""
        return self._process.poll()

    def alive(self) -> bool:
        """Say whether it still runs."""
        return self.exit_code is None

    def kill(self) -> None:
        """Kill it without a chance to tidy up."""
        if self.alive():
            self._process.kill()

    async def ended(self, timeout_s: float) -> bool:
        """Wait for its end and say whether that came in time."""
        deadline = time.monotonic() + timeout_s
        while self.alive():
            if time.monotonic() >= deadline:
                return False
            await asyncio.sleep(POLL_S)
        return True

    async def stop(self, grace_s: float, sign: signal.Signals = signal.SIGTERM) -> None:
        """Ask it to stop; kill it when it has not within the grace."""
        if self.alive():
            self._process.send_signal(sign)
        if not await self.ended(grace_s):
            self.kill()
            await self.ended(grace_s)

    def wrote(self, words: str) -> bool:
        """Say whether these words stand in its log since it was started."""
        return words in self._written()

    def _written(self) -> str:
        with self.log.open("rb") as log:
            log.seek(self.log_start)
            return log.read().decode(errors="replace")

    def last_words(self) -> str:
        """Give the last telling line this process wrote to its log."""
        lines = [line.strip() for line in self._written().splitlines() if line.strip()]
        telling = [line for line in lines if any(word in line for word in ("ERROR", "FATAL", "Error", "Exception"))]
        return (telling or lines or ["it said nothing"])[-1][:300]


async def stop_leftover(leftover: Identity, sign: signal.Signals, grace_s: float) -> None:
    """Stop a process that an owner who died left behind, if it is still that very process."""
    for each in (sign, signal.SIGKILL):
        if leftover.alive():
            os.kill(leftover.pid, each)
        await _gone(leftover, grace_s)


async def _gone(process: Identity, timeout_s: float) -> None:
    for _ in range(int(timeout_s / POLL_S)):
        if not process.alive():
            return
        await asyncio.sleep(POLL_S)
