"""Who posts orders: an operator, or a shop by its key or its signature; and how fast a shop may."""

from datetime import UTC, datetime
from hashlib import sha256
from time import monotonic_ns
from typing import Annotated, NamedTuple
from uuid import uuid4

from fastapi import Depends, Query, Request
from fastapi.openapi.models import HTTPBearer
from fastapi.responses import JSONResponse
from fastapi.security.base import SecurityBase

from order_events import Cause, read_traceparent
from order_events.types import Id
from order_intake.domain.codes import folded
from order_intake.domain.rates import Rates
from order_intake.domain.shops import Shop
from order_intake.domain.standard_webhooks import Signature
from order_intake.http.known_shops import known_shops
from order_intake.store.shops import Registry
from service_runtime import Reply
from service_runtime.http import IDEMPOTENCY_KEY, UNAUTHORIZED, Acting, bearer_of, opens, running

RATES = Rates(monotonic_ns)
SIGNED = ("webhook-id", "webhook-timestamp", "webhook-signature")
SHOP = Query(description="The shop that signed it, where it is signed as Standard Webhooks are")


class Posting(NamedTuple):
    """What a request may post, and how it is done once; `shop`: the only one whose orders these may be."""

    act: Acting
    shop: Shop | None = None
    is_keyed: bool = False

    def of_row(self, number: int, raw: bytes) -> Acting:
        """The act of one row of many: under a key of the whole, each row has its own."""
        cause = self.act.cause._replace(id=f"{self.act.cause.id} row {number}")  # no sender's key has a space
        return Acting(self.act.service, cause, sha256(raw).digest() if self.is_keyed else None, by_key=self.is_keyed)

    def refuses(self, code: str | None) -> Reply | None:
        """What is said to a shop that posts another one's order; what names no shop is whose key it came under."""
        if self.shop is None or code in {self.shop.shop, None}:
            return None
        return Reply.problem(403, "shop", "not_yours", f"this key or signature is of shop {self.shop.shop}")


class Poster(SecurityBase):
    """Whoever may post orders; 401 without detail for everybody else.

    The service's own key opens it for orders of any shop, at any rate. A shop's key, or what a shop has signed, opens
    it for that shop's orders, at its rate. The Idempotency-Key of a shop (its `webhook-id`, where it signs) is its own.
    """

    def __init__(self, *, by_row: bool = False) -> None:
        self.by_row = by_row  # then the body is not read here, and who only signs it is not known
        self.model = HTTPBearer(description="The service's key, or one of the shop's (`baesong shop key`)")
        self.scheme_name = "HTTPBearer"

    async def __call__(
        self,
        request: Request,
        idempotency_key: Annotated[str | None, IDEMPOTENCY_KEY] = None,
        shop: Annotated[Id | None, SHOP] = None,
    ) -> Posting:
        """Find out who it is; a key is hashed and looked up, a signature made again."""
        key = bearer_of(request)
        if opens(running(request), key):
            return await self._posting(request, None, idempotency_key)
        known = await known_shops(request)
        code, its_key = (known.shop_of_key(key), idempotency_key) if key else await self._signer(request, known, shop)
        if code is None:
            raise UNAUTHORIZED
        return await self._posting(request, known.shop(code), its_key)

    async def _signer(self, request: Request, known: Registry, shop: str | None) -> tuple[str | None, str]:
        signed = Signature(*(request.headers.get(name, "") for name in SIGNED))
        code = folded(shop or "")
        secrets = [] if self.by_row else [one.get_secret_value() for one in known.secrets_of(code)]
        its = bool(secrets) and signed.is_of(await request.body(), secrets, datetime.now(UTC))
        return code if its else None, signed.id

    async def _posting(self, request: Request, shop: Shop | None, key: str | None) -> Posting:
        whose, target = f"{shop.shop} " if shop else "", f"{request.method} {request.scope['path']}"
        now, trace = datetime.now(UTC), read_traceparent(request.headers.get("traceparent"))
        if key is None:
            return Posting(Acting(running(request), Cause(f"{whose}{target} {uuid4()}", now, trace), None), shop)
        body = b"" if self.by_row else await request.body()
        hash_ = sha256(target.encode() + b"\n" + body).digest()
        cause = Cause(f"{whose}idempotency-key {key}", now, trace)
        return Posting(Acting(running(request), cause, hash_, by_key=True), shop, is_keyed=True)


Posts = Annotated[Posting, Depends(Poster())]
PostsRows = Annotated[Posting, Depends(Poster(by_row=True))]


def too_many(shop: Shop) -> JSONResponse | None:
    """Come again later, where this shop asks faster than its rate."""
    wait = RATES.ask(shop.shop, shop.rate)
    if wait is None:
        return None
    said = f"more than {shop.rate.per_s} a second of this shop: come again after {wait.retry_after} s"
    return Reply.problem(429, "", "rate", said).again_after(wait.retry_after).response()
