"""Ids of a trace: the sender's where it sent one, else the order's own; the same however often the work is done."""

import pytest

from order_events import begun, parent_of, read_traceparent, said_in, span_of

SENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


def test_a_senders_traceparent_is_taken_as_it_is() -> None:
    assert read_traceparent(SENT) == SENT
    assert parent_of(SENT) == "00f067aa0ba902b7"


def test_a_later_version_is_read_as_far_as_this_one_goes() -> None:
    assert read_traceparent("01" + SENT[2:] + "-more") == SENT
    assert read_traceparent("cc" + SENT[2:]) == SENT


@pytest.mark.parametrize(
    "wrong",
    [
        None, "", "00", SENT[:-1], SENT + "0", SENT + "-more", "ff" + SENT[2:], SENT.upper(), SENT + "\n",
        "00-" + "0" * 32 + SENT[35:], SENT[:36] + "0" * 16 + SENT[52:], SENT.replace("4bf9", "٣bf9"), SENT.replace("-", "_"),
    ],
)  # fmt: skip
def test_what_is_no_traceparent_is_none(wrong: str | None) -> None:
    assert read_traceparent(wrong) is None


def test_where_nobody_sent_one_all_that_happens_to_an_order_is_one_trace() -> None:
    assert begun("order-1") == begun("order-1") != begun("order-2")
    assert parent_of(begun("order-1")) is None
    assert read_traceparent(begun("order-1")) is None, "the form without a parent is never sent"


def test_what_is_said_keeps_trace_and_flags_and_names_the_span_that_spoke() -> None:
    span = span_of("allocator", "e-1")
    said = said_in(SENT[:-2] + "00", span)
    assert said == f"00-4bf92f3577b34da6a3ce929d0e0e4736-{span}-00"
    assert read_traceparent(said) == said
    assert parent_of(said) == span


def test_each_service_that_handles_an_event_has_a_span_of_its_own() -> None:
    spans = [span_of(service, cause) for service in ("allocator", "notifier") for cause in ("e-1", "e-2")]
    assert len(set(spans)) == 4
    assert span_of("allocator", "e-1") == spans[0]
