"""What kind of failure an exception is, and so what is done about it. Pure."""

import ssl
from enum import Enum

import asyncpg
from aiokafka.errors import KafkaError

from service_runtime.decoding import SchemaIsNewerError

AGAIN_AT_ONCE = 5  # times a batch is tried again at once after a deadlock or serialisation failure
_INFRASTRUCTURE = ("08", "53", "57P", "55P03", "57014")
_AGAIN = ("40001", "40P01")


class Failure(Enum):
    """The classes of the design's error table that an exception can be."""

    AGAIN = "again"
    INFRASTRUCTURE = "infrastructure"
    BUG = "bug"


def failure_of(error: BaseException) -> Failure:
    """Again at once, wait for the infrastructure, or a bug."""
    if isinstance(error, asyncpg.PostgresError):
        return _of_sqlstate(error.sqlstate or "")
    away = (asyncpg.InterfaceError, OSError, TimeoutError, KafkaError, SchemaIsNewerError, ssl.SSLError)
    return Failure.INFRASTRUCTURE if isinstance(error, away) else Failure.BUG


def _of_sqlstate(state: str) -> Failure:
    if state in _AGAIN:
        return Failure.AGAIN
    return Failure.INFRASTRUCTURE if state.startswith(_INFRASTRUCTURE) else Failure.BUG
