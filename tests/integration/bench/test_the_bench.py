"""The benchmarks at their smallest: what is proved is that they count, not how fast anything is."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

FIGURES = {"orders", "orders_per_s", "cpu_us_per_order", "ratio_to_floor", "p50_ms", "p99_ms"}


def bench(results: Path, *words: str) -> dict[str, Any]:
    command = [str(Path(sys.executable).with_name("baesong")), "bench", *words]
    command += ["--data", str(results / "no real orders"), "--results", str(results), "--json"]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=200, check=False)
    assert ran.returncode == 0, ran.stderr
    [line] = ran.stdout.splitlines()
    return json.loads(line)


def test_the_floor_relays_every_order_over_four_hops(tmp_path):
    said = bench(tmp_path, "floor", "--orders", "300", "--runs", "1", "--warm-up", "100")
    assert said.keys() >= FIGURES
    assert said["cpu_us_per_order"] > 0
    assert {"floor-order_intake", "floor-notifier", "kafka"} <= said["cpu_us_by_process"].keys()
    assert said["settings"]["postgres"]["synchronous_commit"] == "on"
    assert {"machine", "versions"} <= said.keys()
    assert json.loads((tmp_path / "floor.json").read_text()) == said


def test_the_pipeline_is_measured_against_the_floor_of_the_same_run(tmp_path):
    said = bench(tmp_path, "pipeline", "--orders", "300", "--pairs", "1", "--warm-up", "100")
    assert said.keys() >= FIGURES
    assert said["ratio_to_floor"] == round(said["orders_per_s"] / said["floor"]["orders_per_s"], 3)
    assert {"order_intake", "postgres notifier"} <= said["cpu_us_by_process"].keys()
    assert said["said_per_order"]["inventory.changed"]["per_order"] > 0
    assert said["said_per_order"]["customer.notified"]["per_order"] >= 1
