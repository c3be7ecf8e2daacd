"""What the simulated partner has said, on disk, so that a restart packs nothing twice."""

import json
import sqlite3
from collections.abc import Iterable, Sequence
from pathlib import Path

TABLE = "CREATE TABLE IF NOT EXISTS said (message_id TEXT PRIMARY KEY, body BLOB NOT NULL)"


class Memory:
    """Messages by id, kept before they are sent; its packages are also the partner's own list for an auditor."""

    def __init__(self, path: Path, evidence: Path) -> None:
        for folder in (path.parent, evidence.parent):
            folder.mkdir(parents=True, exist_ok=True)
        self._database = sqlite3.connect(path)
        # A lost power supply may lose the last messages; a killed process loses none.
        self._database.execute("PRAGMA journal_mode = WAL")
        self._database.execute("PRAGMA synchronous = OFF")
        self._database.execute(TABLE)
        self._listed: set[str] = set()
        self._evidence = evidence.open("w", encoding="utf-8")
        self._list(body for body in self.said().values())

    def said(self) -> dict[str, bytes]:
        """Give all messages ever kept, by id."""
        return dict(self._database.execute("SELECT message_id, body FROM said ORDER BY rowid"))

    def keep(self, messages: Sequence[tuple[str, bytes]]) -> None:
        """Keep messages in one transaction; one that is kept already stays as it was."""
        with self._database:
            self._database.executemany("INSERT OR IGNORE INTO said VALUES (?, ?)", messages)
        self._list(body for _, body in messages)

    def close(self) -> None:
        """Close both files."""
        self._database.close()
        self._evidence.close()

    def _list(self, bodies: Iterable[bytes]) -> None:
        """Write each package that left once, with its lines."""
        for body in bodies:
            said = json.loads(body) if body.startswith(b"{") else {}
            if said.get("kind") == "dispatched" and said["package_id"] not in self._listed:
                self._listed.add(said["package_id"])
                named = {name: said[name] for name in ("shipment_id", "package_id", "carrier", "number", "lines")}
                self._evidence.write(json.dumps(named) + "\n")
        self._evidence.flush()
