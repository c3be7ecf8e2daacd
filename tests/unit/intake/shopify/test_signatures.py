"""A body is the shop's only under one of its secrets."""

import base64
import hashlib
import hmac

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from tests.unit.intake.shopify.samples import as_bytes, order

from order_intake.domain.shopify import signed_by
from sizes import size

RAW = as_bytes(order())
OLD, NEW = b"shpss_old", b"shpss_new"


def signature(raw: bytes, secret: bytes) -> str:
    return base64.b64encode(hmac.new(secret, raw, hashlib.sha256).digest()).decode()


def test_the_signature_is_the_one_that_openssl_computes():
    assert signature(b"{}", b"hush") == "UFwgrGBPZilFtmKh8TqcovA78LGYb1BdWu9I4Q2oyRg="
    assert signed_by(b"{}", "UFwgrGBPZilFtmKh8TqcovA78LGYb1BdWu9I4Q2oyRg=", [b"hush"])


def test_two_secrets_hold_at_once_and_a_third_does_not():
    for secret in (OLD, NEW):
        assert signed_by(RAW, signature(RAW, secret), [OLD, NEW])
    assert not signed_by(RAW, signature(RAW, b"shpss_other"), [OLD, NEW])


def test_without_a_secret_nothing_is_signed():
    assert not signed_by(RAW, signature(RAW, b""), [])
    assert not signed_by(RAW, signature(RAW, b""), [b""])


@pytest.mark.parametrize("given_", ["", " ", "김", "\udcff", "=" * 44, "A" * 100_000])
def test_a_header_that_is_no_signature_is_none(given_):
    assert not signed_by(RAW, given_, [OLD, NEW])


@settings(max_examples=size(200, 10_000), deadline=None)
@given(st.integers(0, len(RAW) - 1), st.integers(1, 255))
def test_a_body_of_which_one_byte_is_another_is_not_accepted(at, change):
    body = bytearray(RAW)
    body[at] ^= change
    assert not signed_by(bytes(body), signature(RAW, NEW), [OLD, NEW])


@settings(max_examples=size(200, 10_000), deadline=None)
@given(st.integers(0, 44), st.integers(0, 3), st.text(max_size=3) | st.sampled_from(["=", "\n", " ", "+", "-", "_"]))
def test_a_signature_of_which_a_part_is_another_is_not_accepted(at, length, text):
    right = signature(RAW, NEW)
    wrong = right[:at] + text + right[at + length :]
    assume(wrong != right)
    assert not signed_by(RAW, wrong, [OLD, NEW])


@settings(max_examples=size(200, 10_000), deadline=None)
@given(st.binary(min_size=1, max_size=64), st.binary(max_size=200))
def test_a_body_is_signed_by_its_secret_alone(secret, raw):
    assume(hmac.new(secret, b"", "sha256").digest() != hmac.new(NEW, b"", "sha256").digest())
    assert signed_by(raw, signature(raw, secret), [secret, OLD])
    assert not signed_by(raw, signature(raw, secret), [NEW])
