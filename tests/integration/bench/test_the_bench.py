"""The benchmarks at their smallest: what is proved is that they count, not how fast anything is."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from sizes import PROVE, WHOLE, size

FIGURES = {"orders", "orders_per_s", "cpu_us_per_order", "ratio_to_floor", "p50_ms", "p99_ms"}


def bench(results: Path, *words: str) -> dict[str, Any]:
    command = [str(Path(sys.executable).with_name("baesong")), "bench", *words]
    command += ["--results", str(results), "--json"]
    command += [] if "hot-sku" in words else ["--data", str(results / "no real orders")]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=280, check=False)
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
    pipeline, floor = said["orders_per_s"], said["floor"]["orders_per_s"]  # each rounded to a tenth, their ratio is not
    least, most = (pipeline - 0.05) / (floor + 0.05), (pipeline + 0.05) / (floor - 0.05)
    assert round(least, 3) <= said["ratio_to_floor"] <= round(most, 3)
    assert {"order_intake", "postgres notifier"} <= said["cpu_us_by_process"].keys()
    assert said["said_per_order"]["inventory.changed"]["per_order"] > 0
    assert said["said_per_order"]["customer.notified"]["per_order"] >= 1


@pytest.mark.skipif(not WHOLE, reason="a minute: in `make prove`, or with BAESONG_SIZE=small")
def test_three_allocators_sell_exactly_what_there_is(tmp_path):
    orders, units = size(300, 5_000), size(60, 1_000)
    words = ["--orders", str(orders), "--units", str(units), "--replicas", "3", "--warm-up", "50"]
    said = bench(tmp_path, "hot-sku", *words)
    assert (said["sold"], said["replicas"]) == (units, 3)
    assert said["ratio_to_floor"] > 0


@pytest.mark.skipif(not WHOLE, reason="a minute: in `make prove`, or with BAESONG_SIZE=small")
def test_a_whole_life_ends_with_every_shipment_gone_and_told(tmp_path):
    said = bench(tmp_path, "life", "--orders", str(size(200, 5_000)), "--warm-up", "50")
    assert said["packages_shipped"] >= size(200, 5_000)
    pipeline, floor = said["orders_per_s"], said["floor"]["orders_per_s"]  # each rounded to a tenth, their ratio is not
    least, most = (pipeline - 0.05) / (floor + 0.05), (pipeline + 0.05) / (floor - 0.05)
    assert round(least, 3) <= said["ratio_to_floor"] <= round(most, 3)


@pytest.mark.skipif(not PROVE, reason="a minute each: in `make prove`")
@pytest.mark.parametrize(
    "words",
    [
        ["intake", "--orders", "2000", "--warm-up", "200"],
        ["intake", "--orders", "2000", "--warm-up", "200", "--door", "shopify"],
        ["mail", "--orders", "1000", "--warm-up", "100"],
        ["soak", "--orders", "10000", "--warm-up", "500"],
        ["idle", "--rate", "100", "--seconds", "10", "--warm-up-seconds", "3"],
        ["latency", "--rate", "100", "--seconds", "10", "--warm-up-seconds", "3"],
        ["pipeline", "--orders", "2000", "--pairs", "1", "--warm-up", "200", "--allocators", "2", "--disjoint"],
    ],
    ids=lambda words: f"{words[0]}-{words[-1]}",
)
def test_each_other_benchmark_ends_with_figures(tmp_path, words):
    said = bench(tmp_path, *words)
    assert said.keys() >= FIGURES
    assert said["orders_per_s"] > 0


@pytest.mark.skipif(not WHOLE, reason="a minute each: in `make prove`, or with BAESONG_SIZE=small")
@pytest.mark.parametrize(("door", "paused"), [("kafka", "partner.swift.inbound"), ("http", "checkout.completed")])
def test_garbage_pauses_its_own_topic_and_others_hardly_notice(tmp_path, door, paused):
    """Others' 99th percentile changes by less than a tenth; at CI's size a percentile says nothing."""
    words = ["--rate", str(size(60, 500)), "--seconds", str(size(5, 20)), "--turns", str(size(1, 3))]
    said = bench(tmp_path, "garbage", "--door", door, "--warm-up-seconds", str(size(3, 15)), *words)
    assert said.keys() >= FIGURES
    assert said["paused_topic"] == paused
    assert 50 < said["garbage_parked"] < said["garbage_sent"]
    assert said["p99_change_percent"] < size(10_000, 10)
