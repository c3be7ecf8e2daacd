"""What kind of failure an exception is, and so what is done about it. Pure."""

import ssl
import traceback
from dataclasses import dataclass
from enum import Enum

import asyncpg
from aiokafka.errors import KafkaError

from service_runtime.decoding import SchemaIsNewerError

AGAIN_AT_ONCE = 5  # times a batch is tried again at once after a deadlock or serialisation failure
REASON_CHARS = 8000
_INFRASTRUCTURE = ("08", "53", "57P", "55P03", "57014")
_AGAIN = ("40001", "40P01")
# Of a connection that is gone; where it was cut in the middle of an answer, asyncpg's own state no longer fits.
CUT_OFF = (OSError, TimeoutError, asyncpg.InterfaceError, asyncpg.InternalClientError)
_TIMED_OUT = ("55P03", "57014")


class Failure(Enum):
    """The classes of the design's error table that an exception can be."""

    AGAIN = "again"
    INFRASTRUCTURE = "infrastructure"
    BUG = "bug"


@dataclass(frozen=True, slots=True)
class Bug:
    """An exception nobody expected: `kind` tells one from another, `reason` is its traceback."""

    kind: str
    reason: str

    @classmethod
    def of(cls, error: BaseException) -> "Bug":
        """What is kept of an exception: its type and the place it came from first, for a headline without data."""
        frames = traceback.extract_tb(error.__traceback__)
        place = f" at {frames[-1].name}:{frames[-1].lineno}" if frames else ""
        kind = f"{type(error).__name__}{place}"
        return cls(kind, f"{kind}\n{''.join(traceback.format_exception(error))[-REASON_CHARS:]}")


def failure_of(error: BaseException) -> Failure:
    """Again at once, wait for the infrastructure, or a bug."""
    if isinstance(error, asyncpg.PostgresError):
        return _of_sqlstate(error.sqlstate or "")
    away = (*CUT_OFF, KafkaError, SchemaIsNewerError, ssl.SSLError)
    return Failure.INFRASTRUCTURE if isinstance(error, away) else Failure.BUG


def timed_out(error: BaseException) -> bool:
    """Whether the database answered, and only this statement or its lock took too long."""
    return isinstance(error, asyncpg.PostgresError) and error.sqlstate in _TIMED_OUT


def _of_sqlstate(state: str) -> Failure:
    if state in _AGAIN:
        return Failure.AGAIN
    return Failure.INFRASTRUCTURE if state.startswith(_INFRASTRUCTURE) else Failure.BUG
