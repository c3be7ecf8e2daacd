"""`baesong status` and `baesong logs`."""

import asyncio
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from baesong.commands.output import HERE, AsJson, StateFolder, out, say_json, table
from baesong.errors import BaesongError
from baesong.files import read_json
from baesong.ownership import owner_of
from baesong.services import answers_ok

FOLLOW_S = 0.2


def status(state: StateFolder = HERE, as_json: AsJson = False) -> None:
    """Show each part: its process, port, whether it is ready, how often it was started again, since when it runs."""
    folder = state.resolve()
    owner = owner_of(folder)
    if owner is None:
        raise BaesongError(f"nothing runs in {folder}: start it with `baesong up`")
    parts = asyncio.run(_with_readiness(read_json(folder / "status.json")))
    if as_json:
        say_json({"supervisor": owner.pid, "parts": parts})
        return
    shown = table("part", "pid", "port", "ready", "restarts", "since", "last end")
    for name, part in parts.items():
        ready = "yes" if part["ready"] else "no"
        since = _ago(part["since"])
        shown.add_row(
            name, str(part["pid"] or "-"), str(part["port"]), ready, str(part["restarts"]), since, part["reason"]
        )
    out.print(shown)


async def _with_readiness(parts: dict[str, Any]) -> dict[str, Any]:
    asked = await asyncio.gather(*(_ready(part) for part in parts.values()))
    return {name: part | {"ready": ready} for (name, part), ready in zip(parts.items(), asked, strict=True)}


async def _ready(part: dict[str, Any]) -> bool:
    if part["pid"] is None:
        return False
    return await answers_ok(f"{part['url']}/ready") if part["url"] else True


def _ago(since: str | None) -> str:
    if since is None:
        return "-"
    seconds = int((datetime.now(UTC) - datetime.fromisoformat(since)).total_seconds())
    return f"{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"


def logs(
    service: Annotated[str, typer.Argument(help="A part, as `baesong status` names it, or `supervisor`.")],
    state: StateFolder = HERE,
    follow: Annotated[bool, typer.Option("-f", "--follow", help="Go on as the log grows.")] = False,
    lines: Annotated[int, typer.Option("-n", "--lines", help="How many of the last lines.")] = 100,
    as_json: AsJson = False,
) -> None:
    """Show the log of a part."""
    log = _log_of(state.resolve(), service)
    text = log.read_text(errors="replace").splitlines()[-lines:] if lines else []
    if as_json:
        say_json([{"part": log.stem, "line": line} for line in text])
        return
    for line in text:
        out.out(line)
    if follow:
        _follow(log)


def _log_of(state: Path, word: str) -> Path:
    known = {log.stem: log for log in sorted((state / "logs").glob("*.log"))}
    found = known.get(word) or known.get(word.replace("-", "_"))
    if found is None:
        raise BaesongError(f"there is no log of {word} in {state}/logs; there are {', '.join(known) or 'none'}")
    return found


def _follow(log: Path) -> None:
    with log.open(errors="replace") as text:
        text.seek(0, 2)
        while True:
            out.file.write(text.read())
            out.file.flush()
            time.sleep(FOLLOW_S)
