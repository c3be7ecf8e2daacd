"""One trace from checkout to mail: W3C Trace Context, with ids that are the same however often the work is done again.

A `traceparent` reads `00-<trace>-<parent>-<flags>`. Where a trace begins its parent is all zeros: that form stays
inside, and is never sent.

Source:
    W3C Trace Context, section 3.2.
"""

import re
from hashlib import blake2b

_SENT = re.compile(r"(?!ff)[0-9a-f]{2}-((?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2})(-.*)?", re.ASCII)
_is_ours = re.compile(r"00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}", re.ASCII).fullmatch
_NO_PARENT = "0" * 16


def read_traceparent(text: str | None) -> str | None:
    """A sender's traceparent as version 00 writes it; None where there is none, or it is not one."""
    if text and _is_ours(text):  # as all that we say is
        return text
    match = _SENT.fullmatch(text) if text else None
    if match is None or (match[2] and match.string.startswith("00")):
        return None
    return f"00-{match[1]}"


def begun(key: str) -> str:
    """The trace that begins with whatever an order (or SKU) is named by: one for all that ever happens to it."""
    trace = blake2b(key.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
    return f"00-{trace}-{_NO_PARENT}-01"


def span_of(service: str, cause: str) -> str:
    """The id of a service's handling of what this names: an event, a request, a timer."""
    return blake2b(f"{service} {cause}".encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()


def said_in(traceparent: str, span: str) -> str:
    """The traceparent of what is said while this span handles something of that trace."""
    return f"00-{traceparent[3:35]}-{span}-{traceparent[53:55]}"


def parent_of(traceparent: str) -> str | None:
    """The span that spoke; None where the trace begins."""
    parent = traceparent[36:52]
    return None if parent == _NO_PARENT else parent
