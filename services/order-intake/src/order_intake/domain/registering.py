"""What a merchant may say of a shop, field by field, and the shop that it makes. Pure."""

import re
from collections.abc import Callable, Mapping
from datetime import date
from functools import cache
from itertools import islice
from typing import Annotated, Any, TypeVar
from zoneinfo import available_timezones

import pycountry
from msgspec import to_builtins
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StrictBool, StrictInt, StringConstraints
from pydantic_core import PydanticCustomError

from order_events import Fact, LineKind, ShortagePolicy
from order_events.types import Code, Id, Line, Sku, known, without_nul
from order_intake.domain.aliases import nearest
from order_intake.domain.codes import folded, tidy
from order_intake.domain.shops import ANY, WEEKEND, Calendar, Mailer, PaymentPolicy, Rate, Shop, System, Unpaid, Wish

CURRENCIES = frozenset(one.alpha_3 for one in pycountry.currencies)
COUNTRIES = frozenset(one.alpha_2 for one in pycountry.countries)
MOST_ALIASES = 10_000
MOST_NAMES = 1_000
MOST_HOURS = 8760  # a year
MOST_TOLD = 200
MOST_DAYS = 365
T = TypeVar("T")
_TIME_OF_DAY = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]")
_LOCALE = re.compile(r"[A-Za-z]{2,3}([_-][A-Za-z0-9]{2,8})*")


def _wrong(rule: str, message: str) -> PydanticCustomError:
    return PydanticCustomError(rule, "{said}", {"said": message})


def _zone(name: str) -> str:
    if name in _zones():
        return name
    near = nearest(name, _zones())
    raise _wrong("time_zone", f"no such time zone: say one such as {near or 'Asia/Seoul'}")


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


def _currency(code: str) -> str:
    if code not in CURRENCIES:
        raise _wrong("currency", "must be a currency of ISO 4217, in capitals, such as KRW")
    return code


def _country(code: str) -> str:
    if code not in COUNTRIES:
        raise _wrong("country", "must be a country of ISO 3166, in two capitals, such as US")
    return code


def _iso_date(text: str) -> str:
    try:
        if date.fromisoformat(text).isoformat() == text:
            return text
    except ValueError:
        pass
    raise _wrong("date", "must be a day, such as 2026-12-25")


def _time_of_day(text: str) -> str:
    if _TIME_OF_DAY.fullmatch(text):
        return text
    raise _wrong("time", "must be a time of day from 00:00 to 23:59, such as 14:00")


def _locale(text: str) -> str:
    if _LOCALE.fullmatch(text):
        return text
    raise _wrong("locale", "must be a language, with or without a region, such as ko-KR")


def _once_each(items: tuple[T, ...]) -> tuple[T, ...]:
    if len(set(items)) < len(items):
        raise _wrong("unique", "says something twice")
    return tuple(sorted(items, key=str))


def _some_day_open(days: tuple[int, ...]) -> tuple[int, ...]:
    if len(days) > 6:
        raise _wrong("open", "a shop that is closed every day of the week promises nothing: leave one out")
    return days


def _tidied(names: dict[str, T]) -> dict[str, T]:
    """Names as they are compared stand once; each is kept as it is written, without outer spaces."""
    seen: dict[str, str] = {}
    for name in names:
        if not tidy(name):
            raise _wrong("name", "a name must say something")
        if folded(name) in seen:
            raise _wrong("unique", f"{seen[folded(name)]} and {name} are the same name")
        seen[folded(name)] = name
    return {tidy(name): value for name, value in names.items()}


def _not_chained(aliases: dict[str, str]) -> dict[str, str]:
    """What an alias stands for is found in one step: it is ours, or at least no alias for something else."""
    further = {folded(name): ours for name, ours in aliases.items() if folded(ours) != folded(name)}
    for name, ours in aliases.items():
        if folded(ours) != folded(name) and folded(ours) in further:
            raise _wrong(
                "chained", f"{name} stands for {ours}, which stands for {further[folded(ours)]}: say it directly"
            )
    return {name: tidy(ours) for name, ours in aliases.items()}


def _facts(mails: dict[str, Mailer]) -> dict[str, Mailer]:
    facts = [ANY, *(one.value for one in Fact if one is not Fact.OTHER)]
    for name in mails:
        if name not in facts:
            raise _wrong("fact", f"there is no fact {name}: one of {', '.join(facts)}")
    return mails


def _names(most: int) -> Any:
    return Field(max_length=most)


Name = Annotated[str, StringConstraints(min_length=1, max_length=255), AfterValidator(without_nul)]
Names = AfterValidator(_tidied)
Aliases = AfterValidator(_not_chained)
Days = Annotated[StrictInt, Field(ge=0, le=MOST_DAYS)]
Locale = Annotated[str, StringConstraints(max_length=35), AfterValidator(_locale)]
Prefix = Annotated[str, StringConstraints(max_length=16, pattern=r"^[^\x00-\x1f]*$")]


class _In(BaseModel):
    """What is not known is refused: a mistyped field would be a policy that does nothing."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class PaymentIn(_In):
    """What is done while a payment method has not paid, and after how many hours the order expires."""

    unpaid: Unpaid = Unpaid.RESERVE
    hours: Annotated[StrictInt, Field(ge=1, le=MOST_HOURS)] = PaymentPolicy().hours


class CalendarIn(_In):
    """When the shop's orders are worked on; what comes after the cut-off counts from the next day."""

    handling_days: Days = Calendar().handling_days
    cut_off: Annotated[str, StringConstraints(max_length=5), AfterValidator(_time_of_day)] = Calendar().cut_off
    closed_weekdays: Annotated[
        tuple[Annotated[StrictInt, Field(ge=0, le=6)], ...],
        AfterValidator(_once_each),
        AfterValidator(_some_day_open),
    ] = WEEKEND
    closed_dates: Annotated[
        tuple[Annotated[str, StringConstraints(max_length=10), AfterValidator(_iso_date)], ...],
        _names(MOST_NAMES),
        AfterValidator(_once_each),
    ] = ()
    deliver_days: Annotated[dict[Code, Days], _names(MOST_NAMES), Names] = {}


class RateIn(_In):
    """How many requests are taken: so many a second, and so many at once after a quiet time."""

    per_s: Annotated[StrictInt, Field(ge=1, le=100_000)] = Rate().per_s
    burst: Annotated[StrictInt, Field(ge=1, le=1_000_000)] = Rate().burst


class ShopIn(_In):
    """A sales channel as its merchant describes it; what is left out has its default."""

    system: System = System.NATIVE
    currency: Annotated[str, AfterValidator(_currency)] | None = None
    locale: Locale = "en"
    time_zone: Annotated[str, StringConstraints(max_length=64), AfterValidator(_zone)] = "UTC"
    order_prefix: Prefix = "#"
    mails: Annotated[dict[str, Mailer], AfterValidator(_facts)] = {}
    skus: Annotated[dict[Sku, Sku], _names(MOST_ALIASES), Names, Aliases] = {}
    services: Annotated[dict[Name, Code], _names(MOST_NAMES), Names, Aliases] = {}
    places: Annotated[dict[Name, Id], _names(MOST_NAMES), Names, Aliases] = {}
    knows_services: StrictBool = False
    kinds: Annotated[dict[Name, Annotated[LineKind, AfterValidator(known)]], _names(MOST_ALIASES), Names] = {}
    wishes: Annotated[dict[Line, Wish], _names(MOST_NAMES), Names] = {}
    payment: Annotated[dict[Code, PaymentIn], _names(MOST_NAMES), Names] = {}
    shortage: Annotated[dict[Id, Annotated[ShortagePolicy, AfterValidator(known)]], _names(MOST_NAMES), Names] = {}
    calendar: CalendarIn = CalendarIn()
    rate: RateIn = RateIn()
    holds_high_risk: StrictBool = True
    customs_countries: Annotated[tuple[Annotated[str, AfterValidator(_country)], ...], AfterValidator(_once_each)] = ()

    def of(self, code: str) -> Shop:
        """The shop of this folded code."""
        said: dict[str, Any] = {name: getattr(self, name) for name in type(self).model_fields}
        policies = {name: PaymentPolicy(one.unpaid, one.hours) for name, one in self.payment.items()}
        made = {"calendar": _as(Calendar, self.calendar), "rate": _as(Rate, self.rate), "payment": policies}
        return Shop(shop=code, **said | made)


def _as(struct: Callable[..., T], said: BaseModel) -> T:
    return struct(**{name: getattr(said, name) for name in type(said).model_fields})


def document_of(shop: Shop) -> dict[str, Any]:
    """The shop as it is said and stored, without its code: what `ShopIn` takes."""
    document: dict[str, Any] = to_builtins(shop)
    return {name: value for name, value in document.items() if name not in {"shop", "is_registered"}}


def some_of(found: Mapping[str, Any]) -> dict[str, Any]:
    """The first changes, and how many more there are: ten thousand aliases at once need no audit one by one."""
    told = dict(islice(found.items(), MOST_TOLD))
    return {"changed": told, "changed_more": len(found) - len(told)}


def changes(before: Mapping[str, Any] | None, after: Mapping[str, Any], at: str = "") -> dict[str, list[Any]]:
    """By path what stood there and what stands there now, such as `calendar.cut_off`; what is alike is left out."""
    found: dict[str, list[Any]] = {}
    for name in {**(before or {}), **after}:
        old, new = (before or {}).get(name), after.get(name)
        path = f"{at}.{name}".removeprefix(".")
        if isinstance(old, dict) and isinstance(new, dict):
            found |= changes(old, new, path)
        elif old != new:
            found[path] = [old, new]
    return found
