"""Whether a body came from who signed it as Standard Webhooks say."""

from base64 import b64encode
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from hmac import digest

import pytest
from hypothesis import given
from hypothesis import strategies as st

from order_intake.domain.standard_webhooks import TOLERANCE_S, Signature, key_of
from sizes import size

# The example of the specification.
SECRET, BODY = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", b'{"test": 2432232314}'
AT = datetime.fromtimestamp(1614265330, UTC)
SIGNED = Signature("msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=")


def test_the_specifications_own_example_is_its_senders():
    assert SIGNED.is_of(BODY, [SECRET], AT)


def test_of_two_secrets_and_several_signatures_one_of_each_is_enough():
    both = Signature(SIGNED.id, SIGNED.timestamp, f"v1a,other v1,bm90IHRoaXM= {SIGNED.signatures}")
    assert both.is_of(BODY, ["another-secret", SECRET], AT)
    assert not both.is_of(BODY, ["another-secret"], AT)


@pytest.mark.parametrize(("seconds", "good"), [(TOLERANCE_S, True), (TOLERANCE_S + 1, False)])
@pytest.mark.parametrize("direction", [1, -1])
def test_what_was_signed_more_than_five_minutes_away_is_not_of_now(seconds, direction, good):
    assert SIGNED.is_of(BODY, [SECRET], AT + timedelta(seconds=seconds * direction)) is good


def test_a_secret_that_is_no_base64_behind_its_prefix_signs_nothing():
    assert key_of("whsec_not base64") == b""
    empty = b64encode(digest(b"", b"i.1614265330." + BODY, sha256)).decode()
    assert not Signature("i", "1614265330", f"v1,{empty}").is_of(BODY, ["whsec_not base64"], AT)


def test_a_secret_is_the_same_without_its_padding():
    assert key_of("whsec_YS1zZWNyZXQ=") == key_of("whsec_YS1zZWNyZXQ") == b"a-secret"


def test_what_is_signed_is_cut_in_one_way_alone():
    """A customer's own text in a signed body must not pass for a moment, and what follows it for a body."""
    made = b64encode(digest(b"a-secret", b"i.1614265330.{.1614269999.x}", sha256)).decode()
    later = datetime.fromtimestamp(1614269999, UTC)
    assert not Signature("i.1614265330.{", "1614269999", f"v1,{made}").is_of(b"x}", ["a-secret"], later)


def test_any_other_secret_is_its_own_bytes():
    made = b64encode(digest(b"a-secret", b"i.1614265330." + BODY, sha256)).decode()
    assert Signature("i", "1614265330", f"v1,{made}").is_of(BODY, ["a-secret"], AT)


@given(st.data())
def test_of_any_mutation_none_is_accepted(data):
    """Of body, id, moment or signature; ten thousand of them in `make prove`."""
    for _ in range(size(5, 100)):
        what = data.draw(st.sampled_from(("body", "id", "timestamp", "signatures")))
        said = {"body": BODY.decode(), "id": SIGNED.id, "timestamp": SIGNED.timestamp, "signatures": SIGNED.signatures}
        at, letter = data.draw(st.integers(0, len(said[what]) - 1)), data.draw(st.characters(codec="utf-8"))
        mutated = said[what][:at] + letter + said[what][at + 1 :]
        if mutated == said[what]:
            continue
        said[what] = mutated
        signed = Signature(said["id"], said["timestamp"], said["signatures"])
        assert not signed.is_of(said["body"].encode(), [SECRET], AT)
