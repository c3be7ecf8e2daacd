"""What stands on the page of a letter: every word resolved in its language, so that templates only place them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from notifier.mail.speech import Speech, speech_of

# In this order they are shown: first what the mail is about. See the catalogue's headings.
GROUPS = (
    "ordered", "added", "changed", "taken_off", "here", "declined", "cancelled", "kept", "now", "follows", "stopping",
    "late", "stays",
)  # fmt: skip
LABELS = ("address", "address_held", "gift_message", "track")
EXPLAINED = ("late", "declined")


@dataclass(frozen=True, slots=True)
class Shown:
    """One line of a list: a title, how many, and below it why, when or what it costs."""

    title: str
    quantity: int
    note: str | None
    money: str | None


@dataclass(frozen=True, slots=True)
class Group:
    """Lines of which the same is said."""

    heading: str
    lines: list[Shown]


@dataclass(frozen=True, slots=True)
class Labelled:
    """A sum with its label, or a parcel with its link."""

    label: str
    money: str


@dataclass(frozen=True, slots=True)
class Parcel:
    """A parcel with its link, where there is one."""

    name: str
    url: str | None


@dataclass(frozen=True, slots=True)
class Page:
    """A letter in words. Nothing in it is markup."""

    language: str
    shop: str
    subject: str
    title: str
    greeting: str
    intro: str
    footer: str
    labels: Mapping[str, str]
    groups: list[Group]
    more: str | None
    parcels: list[Parcel]
    totals: list[Labelled]
    address: list[str]
    gift_message: str | None
    reply: str | None


@dataclass(frozen=True, slots=True)
class Spoken:
    """The part of a letter that is shown; how it is kept makes no difference to how it looks."""

    fact: str
    wording: str
    locale: str
    say: Mapping[str, Any]
    personal: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class House:
    """What the settings say of this shop: names of its channels, and whether somebody reads replies."""

    shop_names: Mapping[str, str]
    replies: bool


def page_of(spoken: Spoken, house: House) -> Page:
    """The page of a letter, in the language of its locale."""
    speech, say = speech_of(spoken.locale), spoken.say
    name = f"{spoken.fact}.{spoken.wording}"
    order, shop = one_line(say["order"]), shop_name(say["shop"], house.shop_names)
    return Page(
        language=speech.language,
        shop=shop,
        subject=speech.say(f"{name}.subject", order=order),
        title=speech.say(f"{name}.title", order=order),
        greeting=_greeting(speech, spoken.personal.get("name")),
        intro=speech.say(f"{name}.intro", order=order, shop=shop),
        footer=speech.say("mail.footer", order=order, shop=shop),
        labels={label: speech.say(f"mail.{label}") for label in LABELS},
        groups=_groups(speech, say),
        more=speech.say("mail.more", count=say["more"]) if say["more"] else None,
        parcels=[_parcel(speech, parcel) for parcel in say["parcels"]],
        totals=_totals(speech, say),
        address=[one_line(part) for part in spoken.personal.get("address", ())],
        gift_message=spoken.personal.get("gift_message"),
        reply=speech.say("mail.reply") if house.replies else None,
    )


def shop_name(shop: str, names: Mapping[str, str]) -> str:
    """The shop as customers know it: its set name, else its id as words."""
    return names.get(shop) or shop.replace("-", " ").replace("_", " ").title()


def one_line(text: str) -> str:
    """Text of others on one line: no break, tab or other control character can make it look like ours."""
    printable = text if text.isprintable() else "".join(c if c.isprintable() else " " for c in text)
    return " ".join(printable.split())


def _greeting(speech: Speech, name: str | None) -> str:
    known = one_line(name or "")
    return speech.say("mail.greeting", name=known) if known else speech.say("mail.greeting_nameless")


def _groups(speech: Speech, say: Mapping[str, Any]) -> list[Group]:
    lines: dict[str, list[Shown]] = {what: [] for what in GROUPS}
    for line in say["lines"]:
        lines[line["what"]].append(_shown(speech, line, say["country"]))
    return [Group(speech.say(f"heading.{what}"), shown) for what, shown in lines.items() if shown]


def _shown(speech: Speech, line: Mapping[str, Any], country: str) -> Shown:
    money = speech.money(line["amount"], line["currency"]) if "amount" in line else None
    return Shown(one_line(line["title"]), line["quantity"], _note(speech, line, country), money)


def _note(speech: Speech, line: Mapping[str, Any], country: str) -> str | None:
    if line["what"] not in EXPLAINED:
        return None
    why = speech.reason(line["reason"])
    if line["what"] != "late":
        return why
    when = speech.say("mail.expected", day=speech.day(line["expected"], country)) if line["expected"] else None
    return f"{why} {when or speech.say('mail.no_day')}"


def _parcel(speech: Speech, parcel: Mapping[str, Any]) -> Parcel:
    known = [part for part in (parcel["carrier"], parcel["number"]) if part]
    name = speech.say("mail.parcel", name=" ".join(known)) if known else speech.say("mail.parcel_nameless")
    return Parcel(one_line(name), parcel["url"])


def _totals(speech: Speech, say: Mapping[str, Any]) -> list[Labelled]:
    sums = (("items", say["items"]), ("shipping", say["shipping"]))
    return [
        Labelled(speech.say(f"mail.{name}"), speech.money(total["amount"], total["currency"]))
        for name, total in sums
        if total
    ]
