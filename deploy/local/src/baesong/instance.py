"""An instance: what is wanted of it, its mark, its ports and its secrets."""

import secrets
import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO, Any, Self

from baesong.databases import MARKS
from baesong.errors import BaesongError
from baesong.files import read_json, write_json
from baesong.ownership import claim, temporary_folder
from baesong.ports import kept_or_free
from baesong.postgres import data_home
from baesong.postgres_binaries import account
from baesong.services import SERVICES
from baesong.supervisor import stop_leftovers

# All that an instance puts into its folder, beside the lock and the owner's name: what may be removed again.
FILES = ("instance.json", "secrets.json", "processes.json", "status.json", "connection.json")
FOLDERS = ("kafka", "postgres", "mail", "logs")


@dataclass(frozen=True)
class InstanceSpec:
    """What instance is wanted.

    Args:
        state: its folder; None is a temporary one, removed at the end.
        mark: `live`, `test` or `throwaway`; a throwaway one begins empty each time.
        services: packages to run.
        replicas: how many of a service, if not one.
        partners: ids of the 3PL partners whose topics are made.
        first_http_port: the services' HTTP ports count up from it; None is any free ports.
        environment: settings handed to every service.
        own: settings handed to one service only, by package.
        modules: what Python runs for a service instead of its package, with arguments, by package.
        mail: run a mail sink.
        topics: make the topics.
        keep: leave the folder of a throwaway instance as it is at the end.
    """

    state: Path | None = None
    mark: str = "throwaway"
    services: tuple[str, ...] = SERVICES
    replicas: Mapping[str, int] = field(default_factory=dict)
    partners: tuple[str, ...] = ("swift",)
    first_http_port: int | None = None
    environment: Mapping[str, str] = field(default_factory=dict)
    own: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    modules: Mapping[str, Sequence[str]] = field(default_factory=dict)
    mail: bool = True
    topics: bool = True
    keep: bool = False

    def said(self) -> dict[str, Any]:
        """Give it as JSON can hold it."""
        return asdict(self) | {"state": str(self.state) if self.state else None}

    @classmethod
    def heard(cls, said: Mapping[str, Any]) -> Self:
        """Take it from what `said` gave."""
        lists = {name: tuple(said[name]) for name in ("services", "partners")}
        return cls(**(dict(said) | lists | {"state": Path(said["state"]) if said["state"] else None}))

    def replicas_of(self, service: str) -> int:
        """How many of a service are wanted."""
        return self.replicas.get(service, 1)


class State:
    """The folder of an instance that this process owns."""

    def __init__(self, folder: Path, spec: InstanceSpec, lock: IO[str]) -> None:
        self.folder = folder
        self.mark = spec.mark
        self._spec = spec
        self._lock = lock
        self._record = self._known_or_new()
        self._secrets = read_json(folder / "secrets.json")

    @property
    def id(self) -> str:
        """What tells this instance from others."""
        return str(self._record["id"])

    @property
    def topic_prefix(self) -> str:
        """What its topics begin with: nothing for a live one, else what no other instance has."""
        return "" if self.mark == "live" else f"{self.mark}-{self.id}-"

    def database_name(self, service: str) -> str:
        """What its database of a service is called, which is the role's name too."""
        return f"baesong_{service}" if self.mark == "live" else f"baesong_{self.id}_{service}"

    def ports(self, names: Iterable[str]) -> dict[str, int]:
        """Give each name its port of last time, or a free one where that is new or taken, and note them."""
        wanted = list(names)
        noted = self._record["ports"]
        noted.update(zip(wanted, kept_or_free(noted.get(name) for name in wanted), strict=True))
        write_json(self.folder / "instance.json", self._record)
        return {name: noted[name] for name in wanted}

    def secret(self, name: str) -> str:
        """Give a secret, made the first time it is asked for."""
        if name not in self._secrets:
            self._secrets[name] = secrets.token_urlsafe(24)
            write_json(self.folder / "secrets.json", self._secrets)
        return str(self._secrets[name])

    def release(self) -> None:
        """Let go of the folder; what a throwaway instance left in it is removed, and a temporary one itself."""
        if self.mark == "throwaway" and not self._spec.keep:
            remove_contents(self.folder)
        if self._spec.state is None and not self._spec.keep:
            shutil.rmtree(self.folder, ignore_errors=True)
        self._lock.close()

    def _known_or_new(self) -> dict[str, Any]:
        record = read_json(self.folder / "instance.json")
        if not record:
            record = {"id": secrets.token_hex(4), "mark": self.mark, "ports": {}}
            write_json(self.folder / "instance.json", record)
        return record


async def owned_state(spec: InstanceSpec) -> State:
    """Take the folder of an instance, clear away what an owner who died left running, and open it.

    Raises:
        BaesongError: somebody owns it, or it belongs to an instance with another mark.
    """
    if spec.mark not in MARKS:
        raise BaesongError(f"an instance is marked one of {', '.join(MARKS)}, not {spec.mark}")
    folder = (spec.state or temporary_folder()).resolve()
    lock = claim(folder)
    folder.chmod(folder.stat().st_mode | 0o011)  # PostgreSQL's user walks through it, and sees no list
    found = read_json(folder / "instance.json").get("mark", spec.mark)
    if found != spec.mark:
        lock.close()
        raise BaesongError(f"{folder} belongs to a {found} instance, not to a {spec.mark} one: it is not touched")
    await stop_leftovers(folder)
    if spec.mark == "throwaway":
        remove_contents(folder)
    return State(folder, spec, lock)


def remove_contents(folder: Path) -> None:
    """Remove all that an instance puts into its folder, and nothing else."""
    shutil.rmtree(data_home(folder / "postgres", account()), ignore_errors=True)
    for name in FOLDERS:
        shutil.rmtree(folder / name, ignore_errors=True)
    for name in FILES:
        (folder / name).unlink(missing_ok=True)
