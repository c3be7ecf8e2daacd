"""Whether a body came from the shop. Pure."""

from base64 import b64encode
from collections.abc import Sequence
from hashlib import sha256
from hmac import compare_digest, digest


def signed_by(raw: bytes, signature: str, secrets: Sequence[bytes]) -> bool:
    """Whether the signature is base64 of the HMAC-SHA256 of the body under one of the secrets.

    There are two at once while a secret is rotated. The text is compared, not what it decodes to, and every secret is
    tried in constant time: what takes how long says nothing of how near a guess was. An empty secret signs nothing.
    """
    given = signature.encode("utf-8", "replace")
    equal = [compare_digest(b64encode(digest(each, raw, sha256)), given) for each in secrets if each]
    return any(equal)
