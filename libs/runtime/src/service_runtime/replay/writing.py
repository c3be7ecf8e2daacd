"""Writes what is replayed beside its topic; nobody else's key signs it."""

import asyncio
from collections.abc import Sequence

from aiokafka.errors import KafkaError

from service_runtime.kafka import PATIENCE_S, Lane, producer_of
from service_runtime.reading import Record


class ReplayWriter:
    """Puts records where their place says, into that very partition; an idempotent producer of its own."""

    def __init__(self, bootstrap: str, prefix: str, client_id: str) -> None:
        self._lane = Lane(producer_of(bootstrap, client_id))
        self._prefix = prefix

    async def write(self, records: Sequence[Record]) -> None:
        """Return when every record is acknowledged.

        Raises:
            KafkaError, OSError: some may be written and some not; the next try is by a new producer.
        """
        producer = None
        try:
            async with asyncio.timeout(PATIENCE_S):
                producer = await self._lane.connected()
                sent = [
                    await producer.send(
                        self._prefix + one.place.topic,
                        value=one.value,
                        key=one.key,
                        partition=one.place.partition,
                        headers=list(one.headers),
                    )
                    for one in records
                ]
                await asyncio.gather(*sent)
        except (KafkaError, OSError):
            await self._lane.replace(producer)
            raise

    async def stop(self) -> None:
        """Flush and leave."""
        await self._lane.stop()
