"""A group that would skip or repeat in silence is told so."""

from service_runtime.reading import Partition
from service_runtime.retained import Kept, missing

PART = Partition("order.placed", 0)


def test_an_offset_inside_of_what_is_kept_misses_nothing() -> None:
    for offset in (5, 7, 9):
        assert missing({PART: offset}, {PART: Kept(5, 9)}) == []


def test_an_offset_older_than_what_is_kept_misses_the_records_between() -> None:
    assert missing({PART: 2}, {PART: Kept(5, 9)}) == ["order.placed/0: read to 2, kept from 5: 3 records were not read"]


def test_an_offset_past_the_end_means_another_log() -> None:
    assert missing({PART: 12}, {PART: Kept(0, 9)}) == [
        "order.placed/0: read to 12, the log ends at 9: it was cut or made anew"
    ]


def test_a_group_that_never_committed_begins_with_what_there_is() -> None:
    assert missing({}, {PART: Kept(5, 9)}) == []


def test_a_group_goes_on_where_it_was_or_with_the_oldest_that_is_kept() -> None:
    log = Kept(5, 9)
    assert [log.first(offset) for offset in (None, 2, 5, 7, 9, 12)] == [5, 5, 5, 7, 9, 5]
