import pytest

from baesong.bench.floor.checking import short_of
from baesong.bench.floor.hops import MEASURED, outputs, sources
from baesong.bench.floor.message import Output, derived, id_in, said, sized
from baesong.bench.orders import fresh_id
from baesong.bench.shape import SPEAKERS, Said, heard, shape_of, told

CAUSE = fresh_id("8a1b2c3d4e5f", 7).encode()


def test_a_value_is_cut_or_repeated_to_the_size_of_the_topic():
    assert sized(b"abcdef", 4) == b"abcd"
    assert sized(b"abc", 7) == b"abcabca"
    assert len(sized(b"abc", 3)) == 3


def test_every_hop_and_record_gives_an_id_of_its_own():
    ids = {CAUSE}
    for hop in (1, 2, 3, 4):
        ids |= {derived(id_, hop, n) for id_ in list(ids) for n in (1, 2, 3)}
    assert len(ids) == 4**4
    assert {len(id_) for id_ in ids} == {36}


@pytest.mark.parametrize("rate", [1.0, 0.387, 1.001, 2.5])
def test_a_hop_says_as_many_records_as_the_service_in_its_place(rate):
    output = Output("t", rate, 10)
    assert abs(sum(output.count() for _ in range(1000)) - 1000 * rate) < 1


def test_a_record_carries_ten_headers_and_the_id_it_is_known_by():
    [(row, headers)] = said([Output("x-order.placed", 1.0, 5)], 1, CAUSE, b"key", b"value", b"now")
    assert len(headers) == 10
    assert id_in(headers) == derived(CAUSE, 1, 1)
    assert (row.cause, row.n, row.payload) == (CAUSE.decode(), 1, b"value")


def test_rows_of_one_cause_are_numbered_over_all_topics():
    outputs_ = [Output("a", 1.0, 1), Output("b", 2.0, 1)]
    rows = [row for row, _ in said(outputs_, 2, CAUSE, b"k", b"v", b"t")]
    assert [(row.topic, row.n) for row in rows] == [("a", 1), ("b", 2), ("b", 3)]


def test_each_hop_reads_what_the_hop_before_it_says_first():
    assert list(sources().values()) == ["checkout.completed", "order.placed", "allocation.decided", "shipment.created"]


def test_over_all_hops_the_sums_are_those_of_the_pipeline():
    shape = dict(MEASURED) | {"shipment.created": Said(1.25, 24, 780, 312), "customer.notified": Said(1.0, 24, 300, 3)}
    assert outputs("fulfiller", shape)["shipment.created"] == 1.25
    assert outputs("notifier", shape)["customer.notified"] == pytest.approx(0.8)


def test_the_measured_shape_names_topics_that_a_service_says():
    assert set(MEASURED) <= {topic for topics in SPEAKERS.values() for topic in topics}


def test_a_missing_checkout_and_a_missing_record_are_found():
    shape = {"order.placed": Said(1.0, 1, 1, 1)}
    whole = {fresh_id("8a1b2c3d4e5f", n).encode() for n in range(100)}
    assert short_of({"order.placed": whole}, shape, 100) == []
    assert len(short_of({"order.placed": set(sorted(whole)[:-1])}, shape, 100)) == 1
    assert len(short_of({"order.placed": set(sorted(whole)[:-10])}, shape, 100)) == 2


def test_a_shape_is_the_mean_over_orders_and_survives_a_result():
    shape = shape_of({"order.placed": 4, "none": 0}, {"order.placed": (8, 40, 12)}, orders=2)
    assert shape == {"order.placed": Said(2.0, 2, 10, 3)}
    assert heard(told(shape)) == shape
