"""How to reach an instance that runs: what its tools and tests need, and where that is noted."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from baesong.errors import BaesongError
from baesong.files import read_json, write_json
from baesong.ownership import is_free


@dataclass(frozen=True)
class Connection:
    """The addresses and keys of an instance.

    Args:
        state: its folder.
        mark: `live`, `test` or `throwaway`.
        topic_prefix: stands before the name of each of its topics.
        partners: ids of its 3PL partners.
        bootstrap: where Kafka is.
        admin_dsn: PostgreSQL, as the administrator.
        dsns: per service its own database.
        urls: per service the HTTP addresses of its replicas.
        api_keys: per service the key that its HTTP API wants.
        replay_key: what the replay runner signs with.
        smtp_url: where mail goes; None without a sink.
        smtp_find_url: where to ask whether a mail is there.
        maildir: the sink's folder.
    """

    state: Path
    mark: str
    topic_prefix: str
    partners: tuple[str, ...]
    bootstrap: str
    admin_dsn: str
    dsns: Mapping[str, str]
    urls: Mapping[str, list[str]]
    api_keys: Mapping[str, str]
    replay_key: str
    smtp_url: str | None
    smtp_find_url: str | None
    maildir: Path

    def topic(self, name: str) -> str:
        """Spell a topic as it is called in this instance."""
        return f"{self.topic_prefix}{name}"

    def url(self, service: str, ordinal: int = 0) -> str:
        """Give the HTTP address of a replica of a service."""
        return self.urls[service][ordinal]

    def key_header(self, service: str) -> dict[str, str]:
        """Give the header with the key of a service's API."""
        return {"Authorization": f"Bearer {self.api_keys[service]}"}

    def noted(self) -> None:
        """Write it into the instance's folder, readable by its owner alone."""
        write_json(
            self.state / "connection.json", asdict(self) | {"state": str(self.state), "maildir": str(self.maildir)}
        )


def connection_of(state: Path) -> Connection:
    """Read how to reach the instance in this folder.

    Raises:
        BaesongError: none runs there.
    """
    said = read_json(state / "connection.json")
    if not said or is_free(state):
        raise BaesongError(f"no instance runs in {state}: start it with `baesong up`")
    places = {name: Path(said[name]) for name in ("state", "maildir")}
    return Connection(**(said | places | {"partners": tuple(said["partners"])}))
