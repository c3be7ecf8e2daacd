"""The simulated packer: asks what its benches have to do, packs it, and says so through the API.

Run as `python -m baesong.partner.bench --state DIR --location ID [--location ID ...]`.
"""

import argparse
import asyncio
import contextlib
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from baesong.connection import Connection, connection_of
from baesong.partner.behaviour import BEHAVIOURS, Behaviour
from baesong.partner.leaving import until_time_to_leave
from baesong.partner.packing import Parcel, parcels_of
from baesong.partner.wire import WireError, Wires

HANDS = 8  # requests at once
MOST_AT_A_LOOK = 200
LOOK_S = (0.2, 0.8)  # between two looks at a bench: after work, and at most


class Bench:
    """Everybody who packs at the merchant's own locations."""

    def __init__(self, connection: Connection, behaviour: Behaviour) -> None:
        self._behaviour = behaviour
        self._wires = Wires(connection.url("fulfiller"), connection.key_header("fulfiller"), HANDS)
        self._seen_at: dict[str, float] = {}
        self._tries: Counter[str] = Counter()

    async def work(self, locations: Sequence[str]) -> None:
        """Pack at every location until cancelled."""
        with contextlib.closing(self._wires):
            async with asyncio.TaskGroup() as tasks:
                for location in locations:
                    tasks.create_task(self._work_at(location))

    async def _work_at(self, location: str) -> None:
        shortest, longest = LOOK_S
        pause = shortest
        while True:
            ready = await self._ready_at(location)
            due = [each for each in ready if self._is_due(each["shipment_id"])]
            await asyncio.gather(*map(self._pack, due))
            pause = shortest if due else min(longest, pause * 2)
            # A full page that was all packed has more behind it.
            await asyncio.sleep(0 if len(due) == MOST_AT_A_LOOK else pause)

    async def _ready_at(self, location: str) -> list[dict[str, Any]]:
        asked = {"location_id": location, "ready": "true", "limit": str(MOST_AT_A_LOOK)}
        try:
            answer = await self._wires.get("/shipments", asked)
        except WireError:
            return []
        return list(answer.json()["shipments"]) if answer.is_success else []

    def _is_due(self, shipment_id: str) -> bool:
        """Say whether packing has taken its time since the shipment was first seen."""
        now = time.monotonic()
        return now - self._seen_at.setdefault(shipment_id, now) >= self._behaviour.packing_s(shipment_id)

    async def _pack(self, shipment: dict[str, Any]) -> None:
        for parcel in parcels_of(shipment, self._behaviour):
            if not await self._reported(shipment["shipment_id"], parcel):
                return  # stopped by a cancel, or the service is away: the next look shows what is left

    async def _reported(self, shipment_id: str, parcel: Parcel) -> bool:
        """Say that a package left, and whether that was taken; a refusal is tried again under another key."""
        key = f"{parcel.package_id}-{self._tries[parcel.package_id]}"
        try:
            answer = await self._wires.post(f"/shipments/{shipment_id}/packages", parcel.body, {"Idempotency-Key": key})
        except WireError:
            return False  # the same key again: the same package twice is one
        self._tries[parcel.package_id] += not answer.is_success
        return answer.is_success


async def pack_until_it_is_time(connection: Connection, locations: Sequence[str], behaviour: Behaviour) -> None:
    """Pack until told to stop, or until the instance is gone."""
    work = asyncio.create_task(Bench(connection, behaviour).work(locations))
    leave = asyncio.create_task(until_time_to_leave(connection.state))
    done, _ = await asyncio.wait([work, leave], return_when=asyncio.FIRST_COMPLETED)
    work.cancel()
    leave.cancel()
    if work in done:
        work.result()


def main() -> None:
    """Read the arguments and pack."""
    parser = argparse.ArgumentParser(description="A simulated packer at the merchant's benches.")
    parser.add_argument("--state", type=Path, required=True)
    parser.add_argument("--location", action="append", required=True)
    parser.add_argument("--behaviour", choices=sorted(BEHAVIOURS), default="busy")
    said = parser.parse_args()
    asyncio.run(pack_until_it_is_time(connection_of(said.state), said.location, BEHAVIOURS[said.behaviour]))


if __name__ == "__main__":
    main()
