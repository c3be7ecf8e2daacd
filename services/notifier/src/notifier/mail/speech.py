"""The words of a mail: one catalogue per language, and money and dates as the customer's locale writes them."""

import tomllib
from collections.abc import Mapping
from copy import copy
from datetime import UTC, datetime, tzinfo
from decimal import Decimal
from functools import cache, lru_cache
from importlib.resources import files
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from babel import Locale, UnknownLocaleError
from babel.core import get_global
from babel.dates import format_date
from babel.numbers import NumberPattern

LANGUAGES = ("en", "ko")
# ISO 4217: the currencies whose minor unit is not a hundredth. CLDR, which babel knows, differs for some.
EXCEPTIONS = {
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
    3: "BHD IQD JOD KWD LYD OMR TND",
    4: "CLF UYW",
}
DECIMALS = {code: decimals for decimals, codes in EXCEPTIONS.items() for code in codes.split()}


@cache
def catalogue(language: str) -> Mapping[str, str]:
    """All strings of a language, by dotted name such as `shipped.some.title`."""
    text = (files("notifier.mail") / "strings" / f"{language}.toml").read_text(encoding="utf-8")
    return dict(_flat("", tomllib.loads(text)))


def _flat(prefix: str, table: Mapping[str, object]) -> list[tuple[str, str]]:
    pairs: list[tuple[str, str]] = []
    for name, value in table.items():
        pairs += _flat(f"{prefix}{name}.", value) if isinstance(value, Mapping) else [(prefix + name, str(value))]
    return pairs


def language_of(locale: str) -> str:
    """Korean for a Korean locale, English for every other."""
    return "ko" if locale.replace("_", "-").lower().split("-")[0] == "ko" else "en"


class Speech:
    """How one locale says things. Money and dates follow the locale where its language is one of ours."""

    def __init__(self, locale: str) -> None:
        self.language = language_of(locale)
        self._strings = catalogue(self.language)
        self._locale = _babel(locale, self.language)
        self._patterns: dict[str, NumberPattern] = {}
        self.money = lru_cache(maxsize=4096)(self._money)  # 20 us each, and a shop has few prices

    def say(self, name: str, /, **words: object) -> str:
        """The string of that name, with words put in.

        Raises:
            KeyError: there is no such string, or a word it needs is missing.
        """
        return self._strings[name].format_map(words)

    def reason(self, code: str | None) -> str:
        """A reason in words; a code that nobody translated is said in general terms."""
        return self._strings.get(f"reason.{code}", self._strings["reason.other"])

    def _money(self, amount: int, currency: str) -> str:
        """Minor units as money, such as ₩18,000 or R$36.45."""
        decimals = DECIMALS.get(currency, 2)
        pattern = self._patterns.get(currency) or self._pattern(currency, decimals)
        value = Decimal(amount).scaleb(-decimals)
        return str(pattern.apply(value, self._locale, currency=currency, currency_digits=False))

    def _pattern(self, currency: str, decimals: int) -> NumberPattern:
        pattern: NumberPattern = copy(self._locale.currency_formats["standard"])
        pattern.frac_prec = (decimals, decimals)
        self._patterns[currency] = pattern
        return pattern

    def day(self, iso: str, country: str) -> str:
        """The day of a time, where the customer is; by UTC in countries of several time zones."""
        moment = datetime.fromisoformat(iso).astimezone(zone_of(country))
        return format_date(moment.date(), "long", locale=self._locale)


@lru_cache(maxsize=512)
def speech_of(locale: str) -> Speech:
    """The speech of a locale; kept, for a shop has few."""
    return Speech(locale)


def _babel(locale: str, language: str) -> Locale:
    """The locale itself where it speaks the mail's language and babel knows it, else the language's own."""
    try:
        parsed = Locale.parse(locale.replace("-", "_"))
    except (UnknownLocaleError, ValueError):
        return Locale(language)
    return parsed if parsed.language == language else Locale(language)


@cache
def zone_of(country: str) -> tzinfo:
    """The time zone of a country that has one; UTC where there are several or the machine knows none."""
    zones = get_global("territory_zones").get(country, [])
    try:
        return ZoneInfo(zones[0]) if len(zones) == 1 else UTC
    except ZoneInfoNotFoundError:
        return UTC
