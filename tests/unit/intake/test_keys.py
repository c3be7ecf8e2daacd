"""What a body is locked by is the id of the order in it, whatever a sender does to the body."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from tests.unit.intake.checkouts import checkout

from order_events.types import Id, Value
from order_intake.domain.checkouts import Readable, identity, order_key, read_checkout

FIELDS = [
    json.dumps(name).encode() + b":" + json.dumps(value, ensure_ascii=False).encode()
    for name, value in json.loads(checkout()).items()
]
ODD = [
    b'"shop":"other"', b'"source_id":"G-1"', b'"source_id":"\\u0047-20411"', b'"sh\\u006fp":"Seoul-CRAFT"',
    b'"source_id":"\\ud800"', b'"source_id":"\\ud83d\\ude00"', b'"source":null', b'"shop":"a\\u0000"', b'"shop":"a\\n"',
    b'"tags":["\\ud83d\\ude00"]', b'"tags":["\xff"]', b'"tags":["\\udfff"]', b'"tags":[NaN]', b'"tags":[1e999]',
    b'"tags":[' + b"9" * 5000 + b"]", b'"tags":' + b"[" * 500 + b"]" * 500, b'"tags":' + b"[" * 50_000, b'"source_id":7',
    b'"test":false', b'"x":-0', b'"":""', b'"source_id":"' + b"x" * 129 + b'"', b'"channel":"web"',
]  # fmt: skip
BETWEEN = [b",", b" ,\n\t", b",,", b"", b",\x0b", b",\xef\xbb\xbf"]


class Identity(Value):
    """The identity as a model says it."""

    shop: Id
    source: Id
    source_id: Id


@st.composite
def bodies(draw) -> bytes:
    """A checkout whose fields stand in any sequence, among others that repeat, contradict or break them."""
    fields = draw(st.permutations(FIELDS + draw(st.lists(st.sampled_from(ODD + FIELDS), max_size=3))))
    between = draw(st.sampled_from([b","] * 8 + BETWEEN))
    raw = draw(st.sampled_from([b"", b"", b" \n", b"\xef\xbb\xbf"])) + b"{" + between.join(fields) + b"}"
    return raw + draw(st.sampled_from([b"", b"", b" ", b"x", b"\x00"]))


@given(bodies())
@settings(max_examples=200)
def test_the_key_of_a_body_is_the_id_of_the_order_in_it(raw: bytes):
    assert order_key(raw) == read_checkout(raw).order_id


@given(bodies())
@settings(max_examples=200)
def test_a_body_with_an_identity_is_locked_by_it_whatever_else_is_wrong(raw: bytes):
    try:
        said = Identity.model_validate_json(raw, strict=True)
    except ValidationError:
        return
    assert order_key(raw) == identity(said.shop, said.source, said.source_id)


@given(bodies(), st.lists(st.tuples(st.integers(0, 2000), st.integers(0, 255)), max_size=4))
@settings(max_examples=200)
def test_any_bytes_have_a_key_and_a_reading_that_agrees(raw: bytes, changes: list[tuple[int, int]]):
    broken = bytearray(raw)
    for at, byte in changes:
        broken[at % len(broken)] = byte
    assert order_key(bytes(broken)) == read_checkout(bytes(broken)).order_id


def test_an_order_is_among_the_bodies_that_are_tried():
    assert isinstance(read_checkout(b"{" + b",".join([*FIELDS, ODD[2], ODD[3], FIELDS[1]]) + b"}"), Readable)


@pytest.mark.parametrize("deep", [b"[" * 1_000_000, b'{"shop":' * 200_000])
def test_a_body_too_deep_to_be_read_has_a_key(deep: bytes):
    assert len(order_key(deep)) == 24
