"""A batch that a bug stops is halved until the culprit stands alone; its neighbours are handled as ever."""

from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from service_runtime.failures import Bug

T = TypeVar("T")
H = TypeVar("H")


def halves(records: Sequence[T]) -> list[Sequence[T]]:
    """Two halves, the first first; at least two records. The sequence inside each partition stays."""
    middle = len(records) // 2
    return [records[:middle], records[middle:]]


async def bisected(
    attempt: Callable[[Sequence[T], Bug | None], Awaitable[H]],
    records: Sequence[T],
    is_bug: Callable[[BaseException], bool],
) -> None:
    """Attempt all records; where a bug stops them, attempt halves, and a single culprit once more as one to be parked.

    Args:
        attempt: handles records in one transaction; told a bug, it parks them for it.
        records: at least one.
        is_bug: whether an exception is the records' fault; any other is raised.
    """
    pieces = [records]
    while pieces:
        piece = pieces.pop()
        try:
            await attempt(piece, None)
        except Exception as error:
            if not is_bug(error):
                raise
            if len(piece) > 1:
                pieces += reversed(halves(piece))
            else:
                await attempt(piece, Bug.of(error))
