"""Writes each service's OpenAPI document from its routes and models, or checks that it has not drifted."""

import importlib
import json
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SERVICES = ("order_intake", "allocator", "fulfiller", "notifier", "console")
NOWHERE = {"database_url": "postgresql://", "api_key": "none", "KAFKA_BOOTSTRAP_SERVERS": "none"}


def document_of(service: str) -> str:
    """A service's OpenAPI document, as it is committed."""
    settings = importlib.import_module(f"{service}.settings").Settings(**NOWHERE)
    app = importlib.import_module(f"{service}.app").build(settings).app()
    return json.dumps(app.openapi(), indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def path_of(service: str) -> Path:
    """Where it is committed."""
    return ROOT / "services" / service.replace("_", "-") / "openapi.json"


def main(arguments: list[str]) -> int:
    """Write all of them; with `--check` only say which differ, and 1 if any does."""
    drifted = [s for s in SERVICES if not path_of(s).exists() or path_of(s).read_text() != document_of(s)]
    if "--check" in arguments:
        sys.stderr.writelines(f"{path_of(s)} has drifted from its models: run `make schemas`\n" for s in drifted)
        return 1 if drifted else 0
    for service in drifted:
        path_of(service).write_text(document_of(service))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
