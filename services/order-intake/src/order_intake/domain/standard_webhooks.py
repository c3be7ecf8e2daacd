"""Whether a body came from who signed it as Standard Webhooks say. Pure: the time is handed in.

Source: https://www.standardwebhooks.com, version 1.0: HMAC-SHA256 over id, timestamp and body, base64, `v1,` before it.
"""

import re
from base64 import b64decode, b64encode
from binascii import Error
from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256
from hmac import compare_digest, digest

from msgspec import Struct

TOLERANCE_S = 300
PREFIX = "whsec_"
_is_id = re.compile(r"[!-\-/-~]{1,128}").fullmatch  # no dot: what is signed could else be cut elsewhere
_is_time = re.compile(r"[0-9]{1,12}").fullmatch


class Signature(Struct, frozen=True):
    """What the headers `webhook-id`, `webhook-timestamp` and `webhook-signature` say."""

    id: str
    timestamp: str
    signatures: str

    def is_of(self, raw: bytes, secrets: Sequence[str], now: datetime) -> bool:
        """Whether it was made over this body with one of the secrets, not long ago.

        Every secret is tried on every signature in constant time: two at once while one is rotated. A moment more than
        five minutes away, in either direction, is no moment of now.
        """
        if not (_is_id(self.id) and _is_time(self.timestamp)):
            return False
        if abs(now.timestamp() - int(self.timestamp)) > TOLERANCE_S:
            return False
        signed = f"{self.id}.{self.timestamp}.".encode() + raw
        wanted = [b"v1," + b64encode(digest(key_of(one), signed, sha256)) for one in secrets if key_of(one)]
        given = self.signatures.encode("utf-8", "replace").split()
        equal = [compare_digest(one, each) for one in given for each in wanted]
        return any(equal)


def key_of(secret: str) -> bytes:
    """The key in a secret: what follows `whsec_` is base64, padded or not; any other secret is its own bytes."""
    if not secret.startswith(PREFIX):
        return secret.encode()
    try:
        return b64decode(_padded(secret.removeprefix(PREFIX)), validate=True)
    except Error:
        return b""


def _padded(text: str) -> str:
    return text + "=" * (-len(text) % 4)
