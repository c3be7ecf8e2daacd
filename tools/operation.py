"""Writes runbook, dashboard and alert rules from the list of metrics, or checks that none has drifted."""

import json
import sys
from itertools import groupby
from pathlib import Path
from typing import Any

from service_runtime.metrics import METRICS, Metric

ROOT = Path(__file__).resolve().parent.parent
SERVICES = "order-intake|allocator|fulfiller|notifier"
CHOSEN = 'job=~"$service"'
WIDE, HIGH, IN_A_ROW = 8, 8, 3
HEAD = """\
# Metrics, and what to do when they rise

Made from `libs/runtime/src/service_runtime/metrics.py` by `make schemas`; change it there.

Each service serves them on `/metrics`. Scrape every 15 s, with the service's name as the job: dashboard and alert rules
group by `job`. Gauges of tables are read at the scrape by one statement; while the database is away they are not a
number. Lag is looked at every 5 s, over a connection of its own.

`/live` fails (503) when a partition that has something to handle does not move for 60 s (`BAESONG_STUCK_AFTER_S`); two
looks later the process ends with status 1. Backing off, braked, paused: alive. `/ready` says what a service waits for.

The dashboard is `deploy/grafana/baesong.json`, the alert rules are `deploy/prometheus/alerts.yml`.

OpenTelemetry is off unless `BAESONG_OTEL=on` or `OTEL_EXPORTER_OTLP_ENDPOINT` is set (with `service-runtime[otel]`
installed). An order is one trace, also across days: search for its `baesong.order_id`. A span costs about 5 us where
the batch is handled and 40 us in the background; `OTEL_TRACES_SAMPLER_ARG=0.1` keeps one trace in ten, the same one in
every service."""


def runbook() -> str:
    """What each metric means, and what to do when it rises."""
    lines = [HEAD]
    for topic, metrics in groupby(METRICS, key=lambda metric: metric.topic):
        lines += ["", f"## {topic}", "", "| metric | means | when it rises | alert |", "|---|---|---|---|"]
        lines += [f"| `{_named(one)}` | {one.means} | {one.rises} | {_alert_words(one)} |" for one in metrics]
    return "\n".join(lines) + "\n"


def _named(metric: Metric) -> str:
    return metric.name + (f"{{{', '.join(metric.labels)}}}" if metric.labels else "")


def _alert_words(metric: Metric) -> str:
    if metric.alert is None:
        return ""
    grown = "by more than " if metric.kind == "counter" else "above "
    lasting = f" for {metric.alert.minutes} min" if metric.alert.minutes else ""
    for_ = " in 10 min" if metric.kind == "counter" else lasting
    return f"{grown}{metric.alert.above:,}{for_}"


def dashboard() -> str:
    """One Grafana dashboard: a row for each topic, a panel for each metric."""
    panels: list[dict[str, Any]] = []
    top = 0
    for topic, group in groupby(METRICS, key=lambda metric: metric.topic):
        metrics = list(group)
        panels.append({"type": "row", "title": topic, "collapsed": False, "gridPos": _place(top, 0, 24, 1)})
        top += 1
        panels += [_panel(metric, top, n) for n, metric in enumerate(metrics)]
        top += HIGH * -(-len(metrics) // IN_A_ROW)
    board = {
        "uid": "baesong", "title": "Baesong", "tags": ["baesong"], "schemaVersion": 39, "refresh": "15s",
        "time": {"from": "now-1h", "to": "now"}, "templating": {"list": _variables()},
        "panels": [{"id": n, **panel} for n, panel in enumerate(panels, 1)],
    }  # fmt: skip
    return json.dumps(board, indent=1) + "\n"


def _variables() -> list[dict[str, Any]]:
    source = {"name": "source", "type": "datasource", "query": "prometheus", "label": "Source"}
    service = {
        "name": "service", "type": "query", "label": "Service", "datasource": _source(), "refresh": 2,
        "query": "label_values(baesong_records_total, job)", "multi": True, "includeAll": True, "allValue": ".*",
        "current": {"text": "All", "value": "$__all"},
    }  # fmt: skip
    return [source, service]


def _source() -> dict[str, str]:
    return {"type": "prometheus", "uid": "${source}"}


def _place(top: int, left: int, wide: int, high: int) -> dict[str, int]:
    return {"x": left, "y": top, "w": wide, "h": high}


def _panel(metric: Metric, top: int, n: int) -> dict[str, Any]:
    unit = "s" if "seconds" in metric.name and metric.kind != "counter" else "short"
    return {
        "type": "timeseries",
        "title": metric.name.removeprefix("baesong_").removesuffix("_total").replace("_", " "),
        "description": f"{metric.means}.\n\nWhen it rises: {metric.rises}",
        "datasource": _source(),
        "gridPos": _place(top + HIGH * (n // IN_A_ROW), WIDE * (n % IN_A_ROW), WIDE, HIGH),
        "fieldConfig": {"defaults": {"unit": "ops" if metric.kind == "counter" else unit, "min": 0}, "overrides": []},
        "targets": [
            {"refId": letter, "expr": expression, "legendFormat": legend, "datasource": _source()}
            for letter, (expression, legend) in zip("ABC", _expressions(metric), strict=False)
        ],
    }


def _expressions(metric: Metric) -> list[tuple[str, str]]:
    by = ", ".join(["job", *metric.labels])
    legend = " ".join(f"{{{{{label}}}}}" for label in ["job", *metric.labels])
    name = f"{metric.name}{{{CHOSEN}}}"
    if metric.kind == "counter":
        return [(f"sum by ({by}) (rate({name}[$__rate_interval]))", legend)]
    if metric.kind == "gauge":
        return [(f"{_over(metric)} by ({by}) ({name})", legend)]
    rates = f"sum by ({by}, le) (rate({metric.name}_bucket{{{CHOSEN}}}[$__rate_interval]))"
    return [(f"histogram_quantile({quantile}, {rates})", f"p{quantile * 100:.0f} {legend}") for quantile in (0.5, 0.99)]


def _over(metric: Metric) -> str:
    """Ages of replicas are not added up; what stands in the one database of all of them is not either."""
    return "sum" if metric.name == "baesong_lag_messages" else "max"


def alerts() -> str:
    """Prometheus' alert rules, for the metrics that have a limit, and for a service that is not there."""
    lines = [
        "# Made from libs/runtime/src/service_runtime/metrics.py by `make schemas`; change it there.",
        "groups:",
        "  - name: baesong",
        "    rules:",
        *_rule("BaesongDown", f'up{{job=~"{SERVICES}"}} == 0', 2, "A service does not answer", "Look at its log."),
    ]
    for metric in METRICS:
        if metric.alert is not None:
            title = "".join(word.capitalize() for word in metric.name.removesuffix("_total").split("_"))
            lines += _rule(title, _limit(metric), metric.alert.minutes, metric.means, metric.rises)
    return "\n".join(lines) + "\n"


def _limit(metric: Metric) -> str:
    assert metric.alert is not None
    by = ", ".join(["job", *metric.labels])
    if metric.kind == "counter":
        return f"sum by ({by}) (increase({metric.name}[10m])) > {metric.alert.above}"
    return f"{_over(metric)} by ({by}) ({metric.name}) > {metric.alert.above}"


def _rule(name: str, expression: str, minutes: int, means: str, rises: str) -> list[str]:
    return [
        f"      - alert: {name}",
        f"        expr: {json.dumps(expression)}",
        f"        for: {minutes}m",
        "        annotations:",
        f"          summary: {json.dumps('{{ $labels.job }}: ' + means)}",
        f"          description: {json.dumps(rises)}",
    ]


MADE = {
    ROOT / "docs/runbooks/metrics.md": runbook,
    ROOT / "deploy/grafana/baesong.json": dashboard,
    ROOT / "deploy/prometheus/alerts.yml": alerts,
}


def main(arguments: list[str]) -> int:
    """Write all of them; with `--check` only say which differ, and 1 if any does."""
    drifted = [path for path, make in MADE.items() if not path.exists() or path.read_text() != make()]
    if "--check" in arguments:
        sys.stderr.writelines(f"{path} has drifted from the metrics: run `make schemas`\n" for path in drifted)
        return 1 if drifted else 0
    for path in drifted:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(MADE[path]())
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
