"""On what a figure was taken: the machine, the versions, the settings."""

import os
import platform
import re
import subprocess
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

import asyncpg

from baesong.databases import connect
from baesong.kafka import JVM_FLAGS
from baesong.kafka import SETTINGS as KAFKA_SETTINGS
from baesong.kafka_jars import KAFKA_VERSION, find_java

LIBRARIES = ("aiokafka", "asyncpg", "faststream", "pydantic", "uvloop", "orjson")
ASKED = (
    "server_version", "fsync", "synchronous_commit", "full_page_writes", "shared_buffers", "max_wal_size",
    "checkpoint_timeout", "wal_compression", "jit", "random_page_cost", "autovacuum_naptime",
)  # fmt: skip


def machine() -> dict[str, Any]:
    """Say what machine this is and how busy it was before we began."""
    return {
        "cpu": _first(r"model name\s*:\s*(.+)", Path("/proc/cpuinfo").read_text()),
        "cores": os.cpu_count(),
        "memory_gb": round(int(_first(r"MemTotal:\s*(\d+)", Path("/proc/meminfo").read_text())) / 1024**2, 1),
        "kernel": platform.release(),
        "load_before": round(os.getloadavg()[0], 2),
    }


def _first(pattern: str, text: str) -> str:
    found = re.search(pattern, text)
    return found[1].strip() if found else "0"


def versions() -> dict[str, str]:
    """Say with what it was run."""
    named = {library: version(library) for library in LIBRARIES}
    return {
        "python": platform.python_version(),
        "kafka": KAFKA_VERSION,
        "java": find_java().version,
        "commit": _commit(),
        **named,
    }


def _commit() -> str:
    here = Path(__file__).parent
    asked = ["git", "-C", str(here), "describe", "--always", "--dirty"]
    said = subprocess.run(asked, capture_output=True, text=True, check=False)  # noqa: S603 - git, of the path
    return said.stdout.strip() or "unknown"


async def settings(admin_dsn: str) -> dict[str, Any]:
    """Say what the broker was started with, and what the running PostgreSQL answers when asked."""
    conn = await connect(admin_dsn)
    try:
        postgres = await running_settings(conn)
    finally:
        await conn.close()
    lines = [line for line in KAFKA_SETTINGS.splitlines() if "=" in line and "{" not in line and line[0] != "#"]
    return {"postgres": postgres, "kafka": lines, "jvm": JVM_FLAGS}


async def running_settings(conn: "asyncpg.Connection[asyncpg.Record]") -> Mapping[str, str]:
    """Ask a connection for the settings it works under."""
    return {name: await conn.fetchval("select current_setting($1)", name) for name in ASKED}
