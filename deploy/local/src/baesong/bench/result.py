"""The result of a benchmark: one line of JSON for programs, files and a table for people."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from baesong.bench.figures import rounded

RESULTS = Path("benchmarks/results")
NONE = "–"
COLUMNS = (
    "benchmark", "orders", "orders/s", "least – most", "CPU µs/order", "of the floor", "p50 ms", "p99 ms", "others",
    "taken",
)  # fmt: skip
HEAD = """\
# Results

Written by `baesong bench`; how to run it and what is measured: `docs/benchmarks.md`. Every figure is from a run in
which each order was counted by id. CPU is microseconds an order over all processes that are the product's; `others` is
how many cores the machine was busy with besides: a figure with much of that is one of a crowded machine.
"""
BESIDES = {
    "cpu_ratio_to_floor": "times the floor's CPU",
    "machine_percent": "whole machine, % of one core",
    "product_percent": "services, broker and PostgreSQL, % of one core",
    "units": "units there were",
    "sold": "units sold",
    "packages_shipped": "shipments that left",
    "mails": "mails accepted",
    "clients": "clients",
    "paced_per_s": "requests a second for the times",
    "fast_p50_ms": "p50 ms as fast as it goes",
    "fast_p99_ms": "p99 ms as fast as it goes",
    "calm_p99_ms": "p99 ms in the calm turns",
    "p99_change_percent": "change of p99 by what came beside, %",
    "garbage_sent": "garbage records sent",
    "garbage_parked": "of them parked before their topic was paused",
    "most_growth_percent": "most growth of a process, %",
}


@dataclass(frozen=True)
class Result:
    """What a benchmark found; None where a figure does not apply.

    Args:
        bench: its name.
        orders: how many went through.
        more: what else there is to say, as JSON can hold it.
    """

    bench: str
    orders: int
    orders_per_s: float | None = None
    cpu_us_per_order: float | None = None
    ratio_to_floor: float | None = None
    p50_ms: float | None = None
    p99_ms: float | None = None
    more: Mapping[str, Any] = field(default_factory=dict)

    def said(self) -> dict[str, Any]:
        """Give it as JSON can hold it, the figures first."""
        return {
            "bench": self.bench,
            "orders": self.orders,
            "orders_per_s": rounded(self.orders_per_s),
            "cpu_us_per_order": rounded(self.cpu_us_per_order),
            "ratio_to_floor": rounded(self.ratio_to_floor, 3),
            "p50_ms": rounded(self.p50_ms),
            "p99_ms": rounded(self.p99_ms),
            "at": datetime.now(UTC).isoformat(timespec="seconds"),
            **self.more,
        }


def line_of(said: Mapping[str, Any]) -> str:
    """Give a result in one line."""
    return json.dumps(said, ensure_ascii=False, separators=(",", ":"))


def written(folder: Path, said: Mapping[str, Any]) -> None:
    """Keep a result, and write the table of all that are kept anew."""
    folder.mkdir(parents=True, exist_ok=True)
    name = said["bench"].replace(", ", "-").replace(" ", "-")
    (folder / f"{name}.json").write_text(json.dumps(said, ensure_ascii=False, indent=1) + "\n")
    kept = [json.loads(path.read_text()) for path in sorted(folder.glob("*.json"))]
    (folder / "README.md").write_text(markdown(kept))


def markdown(results: Sequence[Mapping[str, Any]]) -> str:
    """Give results as a page: one table of figures, one of CPU by process, and where they were taken."""
    figures = table(
        COLUMNS,
        [_figures(row) for result in results for row in _rows(result)],
    )
    parts = [HEAD, figures, _besides(results), "## CPU by process, µs an order\n", _by_process(results)]
    return "\n".join([*parts, "## Where\n", _where(results)])


def _rows(result: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Give a result as it is, or, where it was taken at several paces, once for each."""
    if not result.get("rates"):
        yield result
    for rate in result.get("rates", ()):
        yield dict(result) | dict(rate) | {"bench": f"{result['bench']}, {rate['per_s']:.0f}/s"}


def _figures(result: Mapping[str, Any]) -> Sequence[str]:
    spread = result.get("spread", {}).get("orders_per_s", {})
    between = f"{spread['least']:,.0f} – {spread['most']:,.0f}" if spread else NONE
    names = ("orders_per_s", "cpu_us_per_order", "ratio_to_floor", "p50_ms", "p99_ms")
    speed, cpu, ratio, p50, p99 = (result[name] for name in names)
    others = result.get("cores_busy_with_others")
    taken = f"{result['at'][:10]}, {result.get('versions', {}).get('commit', '')}"
    return (
        result["bench"], f"{result['orders']:,}", number(speed), between, number(cpu),
        NONE if ratio is None else f"{ratio:.2f}", number(p50), number(p99),
        NONE if others is None else f"{others:.1f}", taken,
    )  # fmt: skip


def _besides(results: Sequence[Mapping[str, Any]]) -> str:
    """Give what only some benchmarks find, a line each."""
    said = []
    for result in results:
        found = [f"{what} {result[name]:,}" for name, what in BESIDES.items() if result.get(name) is not None]
        if floor := result.get("floor"):
            found.append(f"its floor {floor['orders_per_s']:,.0f} orders/s at {floor['cpu_us_per_order']:,.0f} µs")
        said += [f"- {result['bench']}: {', '.join(found)}"] if found else []
    return "\n".join(said) + "\n"


def _by_process(results: Sequence[Mapping[str, Any]]) -> str:
    measured = [result for result in results if result.get("cpu_us_by_process")]
    names = sorted({name for result in measured for name in result["cpu_us_by_process"]})
    rows = [(name, *(number(result["cpu_us_by_process"].get(name)) for result in measured)) for name in names]
    return table(("process", *(result["bench"] for result in measured)), rows)


def _where(results: Sequence[Mapping[str, Any]]) -> str:
    said = [
        f"- {result['bench']}: {machine['cores']} cores of {machine['cpu']}, {machine['memory_gb']} GB, load before "
        f"{machine['load_before']}; " + ", ".join(f"{name} {which}" for name, which in result["versions"].items())
        for result in results
        if (machine := result.get("machine"))
    ]
    return "\n".join(said) + "\n"


def number(value: float | None) -> str:
    """Write a figure as a table shows it."""
    return NONE if value is None else f"{value:,.0f}"


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Write a table in Markdown, numbers to the right."""
    rule = ["---", *("---:" for _ in head[1:])]
    return "\n".join("| " + " | ".join(row) + " |" for row in (head, rule, *rows)) + "\n"
