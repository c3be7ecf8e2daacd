"""CPU time of processes, from the texts of /proc. What is read is pure text; only the last functions look."""

import os
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

TICKS_PER_S = os.sysconf("SC_CLK_TCK")
PROC = Path("/proc")
POSTGRES = "postgres"
REST = "postgres (log, checkpoints, vacuum)"


@dataclass(frozen=True, slots=True)
class Stat:
    """What /proc/<pid>/stat says of a process: whose child it is, and its CPU ticks and those of its gone children."""

    parent: int
    own: int
    gone_children: int


def stat_of(text: str) -> Stat:
    """Read a stat line; the name in brackets may itself hold blanks and brackets."""
    fields = text.rpartition(")")[2].split()
    user, system, children_user, children_system = map(int, fields[11:15])
    return Stat(int(fields[1]), user + system, children_user + children_system)


def backend_name(title: str, databases: Mapping[str, str]) -> str:
    """Name what a process of PostgreSQL works for, by its title.

    Args:
        title: such as `postgres: role database 127.0.0.1(4711) idle` or `postgres: checkpointer`.
        databases: from the database's name to what it is called in the result.
    """
    words = title.removeprefix("postgres: ").split()
    named = next((databases[word] for word in words[1:2] if word in databases), None)
    return f"{POSTGRES} {named}" if named else REST


@dataclass
class Usage:
    """CPU ticks so far, by what they are counted under."""

    ticks: dict[str, int] = field(default_factory=dict)

    def add(self, name: str, ticks: int) -> None:
        """Count ticks under a name."""
        self.ticks[name] = self.ticks.get(name, 0) + ticks

    def since(self, earlier: "Usage") -> dict[str, float]:
        """Give the seconds spent since an earlier look.

        The ticks of a backend that ended stand with the postmaster from then on: what a name lost, it gained.
        """
        names = sorted({*self.ticks, *earlier.ticks})
        moved = {name: self.ticks.get(name, 0) - earlier.ticks.get(name, 0) for name in names}
        ended = sum(ticks for ticks in moved.values() if ticks < 0)
        moved = {name: max(0, ticks) for name, ticks in moved.items()}
        if ended:
            moved[REST] = moved.get(REST, 0) + ended
        return {name: ticks / TICKS_PER_S for name, ticks in moved.items()}


def machine_busy(text: str) -> tuple[float, float]:
    """Read the first line of /proc/stat: seconds of CPU that were used, and seconds that were stolen."""
    user, nice, system, _idle, _iowait, irq, softirq, steal = map(int, text.split()[1:9])
    return (user + nice + system + irq + softirq) / TICKS_PER_S, steal / TICKS_PER_S


def resident_mb(status: str) -> float:
    """Read the resident memory of a process from its /proc/<pid>/status, in MB; 0 where it has none."""
    lines = [line for line in status.splitlines() if line.startswith("VmRSS:")]
    return int(lines[0].split()[1]) / 1024 if lines else 0.0


def look(processes: Mapping[str, int], postmaster: int | None, databases: Mapping[str, str]) -> Usage:
    """Count what the processes have used so far; PostgreSQL's by database, its ended backends with its own helpers.

    Args:
        processes: by name, the pid.
        postmaster: PostgreSQL's first process.
        databases: see `backend_name`.
    """
    usage = Usage()
    for name, pid in processes.items():
        for stat in _stats([pid]):
            usage.add(name, stat.own + stat.gone_children)
    if postmaster is not None:
        _add_postgres(usage, postmaster, databases)
    return usage


def _add_postgres(usage: Usage, postmaster: int, databases: Mapping[str, str]) -> None:
    for stat in _stats([postmaster]):
        usage.add(REST, stat.own + stat.gone_children)
    for pid in children_of(postmaster):
        for stat in _stats([pid]):
            usage.add(backend_name(_title(pid), databases), stat.own + stat.gone_children)


def children_of(pid: int) -> list[int]:
    """Give the processes whose parent this is."""
    with suppress(OSError):
        return [int(word) for word in (PROC / str(pid) / "task" / str(pid) / "children").read_text().split()]
    return []


def _stats(pids: Iterable[int]) -> Iterable[Stat]:
    for pid in pids:
        with suppress(OSError):  # it has just ended: its parent counts it
            yield stat_of((PROC / str(pid) / "stat").read_text())


def _title(pid: int) -> str:
    with suppress(OSError):
        return (PROC / str(pid) / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
    return ""


def memory(processes: Mapping[str, int], postmaster: int | None) -> dict[str, float]:
    """Give the resident memory of each process now, in MB; of PostgreSQL the sum of its unshared processes' own."""
    held = {name: _resident(pid) for name, pid in processes.items()}
    if postmaster is not None:
        held[POSTGRES] = sum(_private(pid) for pid in [postmaster, *children_of(postmaster)])
    return held


def _resident(pid: int) -> float:
    with suppress(OSError):
        return resident_mb((PROC / str(pid) / "status").read_text())
    return 0.0


def _private(pid: int) -> float:
    """What a process of PostgreSQL has beside the shared buffers."""
    with suppress(OSError):
        lines = (PROC / str(pid) / "status").read_text().splitlines()
        return sum(int(line.split()[1]) for line in lines if line.startswith("RssAnon:")) / 1024
    return 0.0


def machine_now() -> tuple[float, float]:
    """Give how many seconds of CPU the whole machine has used so far, and how many were stolen from it."""
    return machine_busy((PROC / "stat").read_text())
