"""Reading what partners write: any JSON may come."""

import json

from hypothesis import given as forall
from hypothesis import strategies as st
from tests.unit.fulfiller.given import NOW, a_submitted, rule_of

from fulfiller.domain.letters import judge, order_named, partner_of, read, too_old
from fulfiller.domain.partner import AlreadySo, Changed, Refused
from fulfiller.domain.saying import NOBODYS

TOPIC = "partner.swift.inbound"
ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
)
NAMED = st.sampled_from(["message_id", "shipment_id", "kind", "happened_at", "lines", "package_id", "x"])


def a_body(**more):
    said = {"message_id": "m1", "shipment_id": "o1-F1", "kind": "accepted", "happened_at": NOW.isoformat(), **more}
    return json.dumps(said).encode()


def a_letter(body=None, ce_id="r1", conflict=False):
    return read(TOPIC, ce_id, body or a_body(), conflict=conflict)


def test_a_partner_is_known_by_the_topic_it_writes_to():
    assert partner_of("partner.swift.inbound") == "swift"
    assert partner_of("partner.north.west.inbound") == "north.west"


def test_a_message_is_locked_by_the_order_its_shipment_names():
    assert order_named(a_body(shipment_id="abc-F12")) == "abc"


def test_a_message_that_names_no_shipment_is_locked_by_one_constant():
    for body in (b"[]", b"17", b"null", b"{}", a_body(shipment_id=7), a_body(shipment_id="with space"), b"\xff"):
        assert order_named(body) == NOBODYS


def test_a_good_message_is_judged_by_the_shipment():
    assert isinstance(judge(a_letter(), a_submitted(), None), Changed)


def test_a_message_that_breaks_the_schema_is_refused_with_field_and_rule():
    letter = a_letter(a_body(kind="shrugged", surprise=1))
    refused = judge(letter, a_submitted(), None)
    assert {(one.field, one.rule) for one in refused.problems} == {
        ("kind", "value_error"),
        ("surprise", "extra_forbidden"),
    }


def test_a_refused_message_keeps_the_partners_own_id():
    assert a_letter(a_body(kind="shrugged")).message_id == "m1"


def test_a_message_without_an_id_is_named_by_its_record():
    assert a_letter(b'{"kind": "accepted"}', ce_id="r9").message_id == "r9"
    assert a_letter(a_body(message_id="\x00")).message_id == "r1"


def test_a_record_that_reuses_anothers_id_is_refused_under_its_own():
    letter = a_letter(ce_id="r1#ab12", conflict=True)
    assert letter.message_id == "r1#ab12"
    assert rule_of(judge(letter, a_submitted(), None)) == "id_reused"


def test_a_message_that_was_believed_before_is_ignored():
    assert judge(a_letter(), a_submitted(), a_letter().content_hash) == AlreadySo()


def test_the_same_message_written_otherwise_is_the_same_message():
    other = json.dumps(dict(reversed(json.loads(a_body()).items())), indent=1).encode()
    assert a_letter(other).content_hash == a_letter().content_hash


def test_a_message_id_that_said_something_else_before_is_refused():
    before = a_letter(a_body(kind="closed")).content_hash
    assert rule_of(judge(a_letter(), a_submitted(), before)) == "id_reused"


@forall(st.dictionaries(NAMED, ANY_JSON) | ANY_JSON)
def test_no_json_can_do_harm(said):
    body = json.dumps(said).encode()
    letter = a_letter(body)
    judged = judge(letter, a_submitted(), None)
    assert isinstance(judged, Refused)
    assert 1 <= len(letter.message_id) <= 128
    assert 1 <= len(order_named(body)) <= 128
    assert all("\x00" not in one.field + one.message for one in judged.problems)


def test_a_record_older_than_the_inbox_is_refused_as_too_old():
    outcome = judge(too_old(TOPIC, "r1", a_body()), a_submitted(), None)
    assert isinstance(outcome, Refused)
    assert rule_of(outcome) == "too_old"
