"""What the notifier serves: the messages of an order, and any message as its customer sees it."""

from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Path
from fastapi.responses import JSONResponse

from notifier import store
from notifier.mail.letters import rendered
from notifier.mail.pages import House, Spoken
from notifier.store import Reader
from service_runtime import Read, Reply

Id = Annotated[str, Path(pattern=r"^[!-~]{1,128}$")]
SUMMARY = ("message_id", "fact", "wording", "locale", "status", "reason", "provider_reference")


def router_of(house: House) -> APIRouter:
    """The endpoints; `house` is what a preview needs to look like the mail."""
    router = APIRouter(tags=["messages"])

    @router.get("/orders/{order_id}")
    async def messages_of(order_id: Id, read: Read) -> JSONResponse:
        """What the customer of an order was told, oldest first; empty for an order nothing was told of."""
        rows = await store.messages_of(read, order_id)
        return Reply(200, {"order_id": order_id, "messages": [_summary(row) for row in rows]}).response()

    @router.get("/messages/{message_id}")
    async def message(message_id: Id, read: Read) -> JSONResponse:
        """One message, rendered anew from what it says; one that was not sent, as it would be told now, or null."""
        row = await store.message(read, message_id)
        if row is None:
            return Reply.problem(404, "message_id", "unknown", "there is no message of this id").response()
        shown = {**_summary(row), "order_id": row["order_id"], "preview": await _preview(read, row, house)}
        return Reply(200, shown).response()

    return router


def _summary(row: store.Row) -> dict[str, Any]:
    return {name: row[name] for name in SUMMARY} | {"about": orjson.loads(row["about"]), "at": row["at"].isoformat()}


async def _preview(read: Reader, row: store.Row, house: House) -> dict[str, str] | None:
    words = await store.words_of(read, row)
    if words is None:
        return None
    letter = rendered(Spoken(row["fact"], row["wording"], row["locale"], words.say, words.personal), house)
    return {"subject": letter.subject, "text": letter.text, "html": letter.html}
