"""What the notifier takes over of what it said itself, when its database was put back: who was told what."""

from collections.abc import Sequence

from notifier import store
from order_events import CustomerNotified
from service_runtime import Connection, Received, newest, takes_over


@takes_over(CustomerNotified)
async def messages(conn: Connection, said: Sequence[Received[CustomerNotified]]) -> int:
    """A message that was announced is not claimed again; its words went with the database, what became of it stays."""
    return await store.take_messages(conn, [(event.version, event.body) for event in newest(said)])
