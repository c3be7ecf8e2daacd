"""How replays are shown on a terminal."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from baesong.commands.output import err, out, table
from baesong.replays import Json, Tell
from baesong.times import shown

MOST_ITEMS = 50
QUIET = ("handled", "done", "republished")


@contextmanager
def following(what: str, *, silent: bool) -> Iterator[Tell]:
    """A bar that follows a job."""
    if silent:
        yield lambda _: None
        return
    columns = (TextColumn(what), BarColumn(), TextColumn("{task.description}", markup=False), TimeElapsedColumn())
    with Progress(*columns, console=err, transient=True) as progress:
        task = progress.add_task("", total=None)

        def tell(job: Json) -> None:
            total, done, words = _how_far(job)
            progress.update(task, total=total, completed=done, description=words)

        yield tell


def _how_far(job: Json) -> tuple[int | None, int, str]:
    if job["state"] == "preview":
        counts = ", ".join(f"{n:,} {name}" for name, n in job["progress"].items())
        return None, 0, counts or job["says"]
    items = job.get("items") or {}
    total, settled = sum(items.values()), items.get("settled", 0)
    sent = settled + items.get("sent", 0)
    return total or None, settled, f"{sent:,} sent, {settled:,} of {total:,} settled; {job['state']}"


def show_preview(job: Json) -> None:
    """What was found, and what would follow; then what to do next."""
    _say(f"replay {job['replay_id']}  {job['mode']}  {job['state']}")
    _say(f"  picks     {_selected(job['selector'])}{_only(job['services'])}")
    _say(f"  reason    {job['reason']} ({job['actor']})")
    preview = job["preview"]
    if preview is None:
        _say(f"  {job['says']}")
        return
    _say(f"  records   {preview['records']:,}")
    for service, count in preview["by_status"].items():
        _say(f"  {service:<14}{_counted(count)}{_errors(preview, service)}")
    _say(f"  effects   {_counted(preview.get('effects', {})) or 'none'}")
    _say(f"  says      {_counted(preview.get('says', {})) or 'nothing'}")
    if preview.get("rehearsed"):
        _say(f"  rehearsed {'; '.join(f'{name}: {_counted(count)}' for name, count in preview['rehearsed'].items())}")
    if preview.get("not_rehearsed"):
        _say(f"  beyond    {preview['not_rehearsed']:,} were not rehearsed: what follows is of the others")
    _say(f"  takes     {preview['seconds']:,} s at {preview['rate']:,} a second")
    for line in preview["obstacles"]:
        out.print(f"  in the way: {line}", style="bold red", markup=False, soft_wrap=True)
    _show_samples(preview["samples"])
    _show_diffs(preview)
    _say(f"nothing is changed yet; {_next(job)}")


def _next(job: Json) -> str:
    if job["state"] == "ready" and not job["preview"]["records"]:
        return "nothing is picked, so there is nothing to apply"
    return f"baesong replay apply {job['replay_id']}" if job["state"] == "ready" else str(job["says"])


def _errors(preview: Mapping[str, Any], service: str) -> str:
    found = preview.get("errors", {}).get(service)
    return f"  (of these {_counted(found)})" if found else ""


def _show_samples(samples: list[Json]) -> None:
    """One line each; ids and all that does not fit stand in `--json` and in the report."""
    rows = table("record", "at", "thing", "stands")
    for one in samples:
        place = f"{one['topic']}/{one['partition']}/{one['offset']}" if one["offset"] >= 0 else one["topic"]
        at = _local(one["recorded_at"])[:19] if one["recorded_at"] else ""
        _add(rows, place, at, f"{one['subject'] or one['order_id'] or one['item']} v{one['version']}", _stands(one))
    if samples:
        out.print(rows)


def _stands(sample: Json) -> str:
    """Who it stands so with, where it is not the same with all."""
    services: dict[str, list[str]] = {}
    for service, how in sorted(sample["standing"].items()):
        services.setdefault(how, []).append(service)
    return ", ".join(how if len(services) == 1 else f"{how} ({', '.join(who)})" for how, who in services.items())


def _show_diffs(preview: Mapping[str, Any]) -> None:
    """What today's rules make of orders that were taken in by yesterday's."""
    for order_id, diff in preview.get("diffs", {}).items():
        for one in diff[:MOST_ITEMS]:
            _say(f"  {order_id}  {one['path']}: {one['held']!r} is {one['today']!r} today")
    for one in preview.get("dispatched", [])[:MOST_ITEMS]:
        left = ", ".join(f"{line['quantity']} of {line['line_id']}" for line in one["dispatched"])
        _say(f"  {one['order_id']}  has left, and stays: {left}")


def show_job(job: Json) -> None:
    """How far it is, and what it came to."""
    items = job.get("items") or {}
    _say(f"replay {job['replay_id']}  {job['mode']}  {job['state']}: {job['says']}")
    _say(f"  items     {_counted(items) or 'none'}")
    for service, count in (job.get("outcomes") or {}).items():
        _say(f"  {service:<14}{_counted(count)}")
    approval = job["approval"]
    if approval["by"]:
        _say(f"  approved  by {approval['by']}{', alone' if approval['alone'] else ''}")
    for act in job.get("acts") or []:
        why = f": {act['reason']}" if act["reason"] else ""
        _say(f"  {_local(act['at'])}  {act['actor']} {act['act']}{why}")


def show_list(jobs: list[Json]) -> None:
    """One line a job."""
    rows = table("job", "made", "mode", "state", "who", "picks", "why")
    rows.columns[0].no_wrap = rows.columns[1].no_wrap = True  # the one is copied from here
    for job in jobs:
        picks = _selected(job["selector"])
        _add(rows, job["replay_id"], _local(job["created_at"])[:16], job["mode"], job["state"], job["actor"], picks,
                     job["reason"])  # fmt: skip
    out.print(rows if jobs else "there is no job yet: `baesong replay new` makes one")


def show_report(document: str) -> None:
    """The sums, and the items that are neither run nor were done before."""
    told = json.loads(document)
    show_job(told | {"items": told["counts"]})
    rows = table("item", "record", "order", "service", "outcome", "reason")
    odd = [(item, name, one) for item in told["items"] for name, one in item["outcomes"].items()
           if one["outcome"] not in QUIET]  # fmt: skip
    for item, service, one in odd[:MOST_ITEMS]:
        place = f"{item['topic']}/{item['partition']}/{item['offset']}"
        _add(rows, item["item"], place, item["order_id"] or "", service, one["outcome"], one["reason"] or "")
    if odd:
        out.print(rows)
    if len(odd) > MOST_ITEMS:
        _say(f"and {len(odd) - MOST_ITEMS:,} more: --csv or --json shows all")


def _selected(selector: Mapping[str, Any]) -> str:
    """What is picked, in the words of the options; times with their offset."""
    words = []
    for name, value in selector.items():
        if isinstance(value, list) and len(value) > 3:
            words.append(f"{len(value):,} {name}")
        elif isinstance(value, list):
            words.append(f"{name} {', '.join(map(str, value))}")
        else:
            words.append(name if value is True else f"{name} {_local(value) if name in ('since', 'until') else value}")
    return ", ".join(words) or "everything"


def _only(services: list[str]) -> str:
    return f", for {', '.join(services)} only" if services else ""


def _local(at: str) -> str:
    return shown(datetime.fromisoformat(at).astimezone())


def _counted(count: Mapping[str, int]) -> str:
    return ", ".join(f"{n:,} {name}" for name, n in count.items())


def _add(rows: Table, *cells: str) -> None:
    """A row, in which no text of a stranger is taken for markup."""
    rows.add_row(*map(Text, cells))


def _say(line: str) -> None:
    out.print(line, markup=False, soft_wrap=True)
