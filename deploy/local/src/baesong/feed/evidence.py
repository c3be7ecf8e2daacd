"""The lists that an auditor compares the books with: one JSON document per line."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic_core import from_json

FEEDER = "feeder.jsonl"
PARTNER = "partner.jsonl"


def evidence_folder(state: Path) -> Path:
    """Where an instance's lists lie."""
    return state / "evidence"


class EvidenceList:
    """A list being written; each line is on disk before what it names is sent."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = path.open("a", encoding="utf-8")

    def add(self, lines: list[str]) -> None:
        """Add lines."""
        self._file.writelines(line + "\n" for line in lines)
        self._file.flush()

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def listed(path: Path) -> Iterator[dict[str, Any]]:
    """Read a list; empty if nothing was ever written."""
    if path.exists():
        with path.open("rb") as file:
            for line in file:
                yield from_json(line)
