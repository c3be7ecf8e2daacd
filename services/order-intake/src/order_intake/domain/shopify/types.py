"""How single values stand in Shopify's payloads: blank for nothing, ids as numbers, money as text. Pure."""

import json
from decimal import Decimal
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, ValidationInfo
from pydantic_core import PydanticCustomError

from order_events import Value
from order_events.types import Code, Count, Id, Line, Text, Time, without_nul
from order_intake.domain.currencies import DECIMALS, known_currency, minor_units


class Payload(Value):
    """A part of a payload: what is not named here is not looked at."""


def _none_if_blank(value: Any) -> Any:
    return None if isinstance(value, str) and not value.strip() else value


def _none_as_empty(value: Any) -> Any:
    return () if value is None else value


def _number_as_text(value: Any) -> Any:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else _none_if_blank(value)


def _whole(value: Any) -> Any:
    return without_nul(value) if isinstance(value, str) and value.strip() else _none_if_blank(value)


def _as_text(value: Any) -> str:
    """A property may have any value: what is not text is kept as its JSON."""
    if isinstance(value, str):
        return without_nul(value)
    return "" if value is None else json.dumps(value, ensure_ascii=False, default=str)


def _minor(value: Any, info: ValidationInfo) -> int | None:
    """In the currency that stands beside the amount, else in the payload's own; none without a currency."""
    if _none_if_blank(value) is None:
        return None
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        raise PydanticCustomError("money", "must be an amount such as 19.99")
    beside = info.data.get("currency") or info.data.get("currency_code")
    decimals = DECIMALS[beside] if beside else (info.context or {}).get("decimals")
    return None if decimals is None else minor_units(str(value), decimals)


def _always_minor(value: Any, info: ValidationInfo) -> Any:
    """An amount that must be there; where its currency is not known, that is what is wrong."""
    amount = _minor(value, info)
    return value if _none_if_blank(value) is None else amount or 0


Blank = BeforeValidator(_none_if_blank)
Listed = BeforeValidator(_none_as_empty)  # `null` is an empty list

ShopifyId = Annotated[Id, BeforeValidator(_number_as_text)]
OptionalId = Annotated[Id | None, BeforeValidator(_number_as_text)]
OptionalName = Annotated[Line | None, BeforeValidator(_number_as_text)]
OptionalLine = Annotated[Line | None, Blank]
OptionalCode = Annotated[Code | None, Blank]
OptionalText = Annotated[Text | None, Blank]
OptionalTime = Annotated[Time | None, Blank]
OptionalCount = Annotated[Count | None, Blank]
Flag = Annotated[bool | None, Blank]
Whole = Annotated[str | None, BeforeValidator(_whole)]  # of any length
Said = Annotated[str, BeforeValidator(_as_text)]  # of any length and any type
KnownCurrency = Annotated[str, AfterValidator(known_currency)]
Minor = Annotated[int, BeforeValidator(_always_minor)]
OptionalMinor = Annotated[int | None, BeforeValidator(_minor)]
