"""A replayed record carries a ticket; what is not signed by the runner's key, with all it stands on, orders nothing."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service_runtime.reading import Place, Record
from service_runtime.replay.ticket import Mode, Ticket, TicketError, ordered, read_ticket

KEY, NOW = b"the runner's key", datetime(2026, 3, 4, 9, 0, tzinfo=UTC)
ORIGINAL = Record(Place("order.placed", 2, 77), b"order-1", b'{"a":1}', (("ce_id", b"x"), ("ce_type", b"t")), 1_700)
TICKET = Ticket("r-1", Mode.REPROCESS, "mina", "partner lost an hour", Place("order.placed", 2, 77), 1_700, NOW)


def read_at(record: Record, offset: int = 5) -> Record:
    return record._replace(place=record.place._replace(offset=offset))


def test_a_ticket_is_read_as_it_was_written_and_the_record_is_the_original_at_its_new_place() -> None:
    ticket, record = read_ticket(read_at(ordered(ORIGINAL, TICKET, KEY)), KEY, NOW)
    assert ticket == TICKET
    assert record == ORIGINAL._replace(place=Place("order.placed.replay", 2, 5))


@given(services=st.sets(st.sampled_from(["allocator", "notifier"])), effects=st.sets(st.sampled_from(["a|b", "c|d"])))
def test_services_and_effects_are_named_one_by_one(services: set[str], effects: set[str]) -> None:
    wanted = Ticket(**{**as_dict(TICKET), "services": tuple(sorted(services)), "effects": tuple(sorted(effects))})
    assert read_ticket(read_at(ordered(ORIGINAL, wanted, KEY)), KEY, NOW)[0] == wanted


def as_dict(ticket: Ticket) -> dict[str, object]:
    return {name: getattr(ticket, name) for name in Ticket.__slots__}


def forgeries() -> dict[str, Record]:
    signed = read_at(ordered(ORIGINAL, TICKET, KEY))
    own = ORIGINAL.headers
    told = signed.headers[len(own) :]
    changed = {
        "no ticket": own,
        "no signature": (*own, *told[:-1]),
        "another mode": tuple((n, b"force" if n == "x-replay-mode" else v) for n, v in signed.headers),
        "another job": tuple((n, b"r-2" if n == "x-replay-id" else v) for n, v in signed.headers),
        "an effect more": tuple((n, b"a|b" if n == "x-replay-effects" else v) for n, v in signed.headers),
        "another event": tuple((n, b"y" if n == "ce_id" else v) for n, v in signed.headers),
        "a header twice": (("x-replay-mode", b"force"), *signed.headers),
        "a signature that is no text": (*signed.headers[:-1], ("x-replay-sig", b"\xff")),
    }
    records = {what: signed._replace(headers=headers) for what, headers in changed.items()}
    records["another value"] = signed._replace(value=b'{"a":2}')
    records["another key"] = signed._replace(key=b"order-2")
    records["another topic"] = signed._replace(place=Place("order.changed.replay", 2, 5))
    records["another's key"] = read_at(ordered(ORIGINAL, TICKET, b"another key"))
    return records


@pytest.mark.parametrize("what", forgeries())
def test_whatever_is_changed_after_signing_orders_nothing(what: str) -> None:
    with pytest.raises(TicketError):
        read_ticket(forgeries()[what], KEY, NOW)


@pytest.mark.parametrize("apart", [timedelta(hours=24), timedelta(hours=-1)])
def test_a_ticket_is_good_for_a_day_and_not_before_it_was_written(apart: timedelta) -> None:
    signed = read_at(ordered(ORIGINAL, TICKET, KEY))
    with pytest.raises(TicketError, match="stale"):
        read_ticket(signed, KEY, NOW + apart)


def test_a_reason_too_long_for_a_header_is_refused_when_it_is_written() -> None:
    with pytest.raises(ValueError, match="reason is longer"):
        ordered(ORIGINAL, Ticket(**{**as_dict(TICKET), "reason": "x" * 1001}), KEY)
