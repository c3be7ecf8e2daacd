import json
from dataclasses import replace
from pathlib import Path
from uuid import UUID

import pytest

from baesong.bench.orders import PARTITIONS, Catalogue, catalogue, fresh_id, multiplied, renewed, shelf_of
from order_intake.domain.checkouts import Readable, read_checkout

RUN = "8a1b2c3d4e5f"


@pytest.fixture
def made(tmp_path: Path) -> Catalogue:
    return catalogue(tmp_path, data=tmp_path / "not there", limit=20)


def test_where_real_orders_are_missing_made_up_ones_are_cycled(made):
    assert (made.source, len(made.bodies)) == ("generated", 20)


def test_every_cycle_has_orders_keys_and_ids_of_its_own(made):
    checkouts = list(made.checkouts(RUN, 0, 60))
    for each in ({c.order_id for c in checkouts}, {c.key for c in checkouts}, {c.ce_id for c in checkouts}):
        assert len(each) == 60


def test_a_cycle_repeats_goods_and_goal_for_another_person(made):
    body = made.bodies[0]
    again = renewed(body, "r-1")
    assert (again["lines"], again["destination"]) == (body["lines"], body["destination"])
    assert again["customer"]["email"] != body["customer"]["email"]


def test_the_same_number_of_a_run_is_the_same_checkout(made):
    assert list(made.checkouts(RUN, 25, 5)) == list(made.checkouts(RUN, 20, 10))[5:]


def test_no_checkout_of_a_benchmark_is_refused(made):
    for checkout in made.checkouts(RUN, 0, 20):
        assert isinstance(read_checkout(checkout.body), Readable)


def test_ids_count_up_and_leave_the_last_four_digits_to_the_hops():
    ids = [fresh_id(RUN, n) for n in range(300)]
    assert ids == sorted(set(ids))
    assert all(str(UUID(id_)) == id_ and id_.endswith("0000") for id_ in ids)


def test_stock_lies_there_once_for_each_cycle_that_is_begun(made):
    once, thrice = made.stock(20), made.stock(41)
    units = [sum(level["on_hand"] for body in bodies for level in body["levels"]) for bodies in (once, thrice)]
    assert units[1] == 3 * units[0]
    assert multiplied({"levels": []}, 5) == {"levels": []}


def test_all_places_can_be_the_partners_so_that_no_bench_is_needed(made):
    kinds = [{place["kind"] for place in made.locations(all_partner=all_)["locations"]} for all_ in (False, True)]
    assert kinds == [{"manual", "partner"}, {"partner"}]


def test_disjoint_stock_gives_each_replica_skus_that_no_other_meets(made):
    apart = replace(made, shelves=2)
    met: dict[int, set[str]] = {0: set(), 1: set()}
    for checkout in apart.checkouts(RUN, 0, 60):
        met[shelf_of(checkout.order_id, 2)] |= {line["sku"] for line in json.loads(checkout.body)["lines"]}
    assert met[0]
    assert met[1]
    assert not met[0] & met[1]
    loaded = {level["sku"] for body in apart.stock(60) for level in body["levels"]}
    assert met[0] | met[1] <= loaded


def test_replicas_share_partitions_in_even_ranges():
    assert [partition * 2 // len(PARTITIONS) for partition in PARTITIONS] == [0, 0, 1, 1]
    assert {shelf_of(f"order-{n}", 3) for n in range(200)} == {0, 1, 2}
