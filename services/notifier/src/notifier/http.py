"""What the notifier serves: the messages of an order, and any message as its customer sees it."""

from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Path
from fastapi.responses import JSONResponse

from notifier import store
from notifier.mail.letters import rendered
from notifier.mail.pages import House, Spoken
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
        """One message, rendered anew from what it says."""
        row = await store.message(read, message_id)
        if row is None:
            return Reply.problem(404, "message_id", "unknown", "there is no message of this id").response()
        return Reply(200, {**_summary(row), "order_id": row["order_id"], "preview": _preview(row, house)}).response()

    return router


def _summary(row: store.Row) -> dict[str, Any]:
    return {name: row[name] for name in SUMMARY} | {"about": orjson.loads(row["about"]), "at": row["at"].isoformat()}


def _preview(row: store.Row, house: House) -> dict[str, str]:
    say, personal = orjson.loads(row["say"]), orjson.loads(row["personal"])
    letter = rendered(Spoken(row["fact"], row["wording"], row["locale"], say, personal), house)
    return {"subject": letter.subject, "text": letter.text, "html": letter.html}
