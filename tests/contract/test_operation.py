"""What operators look at names what there is: the runbook, the dashboard, the alert rules, and the metrics themselves."""

import importlib.util
import json
import re
from pathlib import Path
from types import ModuleType

import pytest
import yaml
from prometheus_client import REGISTRY

from service_runtime.metrics import METRICS, PHASES

ROOT = Path(__file__).parents[2]
DASHBOARD = ROOT / "deploy/grafana/baesong.json"
ALERTS = ROOT / "deploy/prometheus/alerts.yml"
RUNBOOK = ROOT / "docs/runbooks/metrics.md"


@pytest.fixture(scope="module")
def operation() -> ModuleType:
    spec = importlib.util.spec_from_file_location("operation", ROOT / "tools/operation.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def served() -> set[str]:
    """What Prometheus is told there is."""
    return {sample for family in REGISTRY.collect() for sample in names(family.name, family.type)}


def names(family: str, kind: str) -> set[str]:
    return {family + end for end in {"counter": ["_total"], "histogram": ["_bucket", "_sum", "_count"]}.get(kind, [""])}


def named_in(text: str) -> set[str]:
    return set(re.findall(r"\bbaesong_\w+", text))


def test_every_metric_that_is_served_is_listed_with_what_to_do() -> None:
    ours = {family.name for family in REGISTRY.collect() if family.name.startswith("baesong_")}
    assert ours == {metric.name.removesuffix("_total") for metric in METRICS}
    assert all(metric.means and metric.rises.endswith(".") for metric in METRICS)


def test_every_metric_the_dashboard_asks_for_exists_and_none_is_left_out() -> None:
    board = json.loads(DASHBOARD.read_text())
    asked = named_in(" ".join(target["expr"] for panel in board["panels"] for target in panel.get("targets", [])))
    assert asked <= served()
    assert {re.sub("_(total|bucket)$", "", name) for name in asked} == {
        metric.name.removesuffix("_total") for metric in METRICS
    }
    assert named_in(json.dumps(board["templating"])) <= served()


def test_every_alert_asks_for_a_metric_that_exists_and_says_what_to_do() -> None:
    (group,) = yaml.safe_load(ALERTS.read_text())["groups"]
    for rule in group["rules"]:
        assert named_in(rule["expr"]) <= served(), rule["alert"]
        assert rule["annotations"]["description"]
    assert len({rule["alert"] for rule in group["rules"]}) == len(group["rules"]) > 5


def test_the_runbook_names_every_metric() -> None:
    assert named_in(RUNBOOK.read_text()) >= {metric.name for metric in METRICS}


def test_what_is_committed_is_what_the_list_makes(operation: ModuleType) -> None:
    assert operation.main(["--check"]) == 0


def test_a_batch_has_the_phases_of_the_design() -> None:
    assert PHASES == ("decode", "decide", "commit", "publish")
