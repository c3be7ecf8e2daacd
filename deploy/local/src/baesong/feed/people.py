"""People who do not exist: names, addresses and telephone numbers for orders that came without, the same every time."""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random


def seeded(*words: object) -> Random:
    """Give a source of chance that is the same for the same words."""
    return Random("\n".join(map(str, words)))  # noqa: S311 - play, not secrets


@dataclass(frozen=True, slots=True)
class Country:
    """What names and addresses look like there; `#` in a pattern is any digit, `?` any letter."""

    locale: str
    family: Sequence[str]
    given: Sequence[str]
    streets: Sequence[str]
    phone: str
    postcode_tail: str
    name: str
    address1: str
    address2: str


COUNTRIES = {
    "KR": Country(
        locale="ko-KR",
        family=("김", "이", "박", "최", "정", "강", "조", "윤", "장", "임", "한", "오"),
        given=("민아", "서준", "지우", "하은", "도윤", "수빈", "예린", "현우", "지민", "은서", "태윤", "나래"),
        streets=("세종대로", "테헤란로", "광복로", "중앙로", "동성로", "을지로", "한강대로", "송도과학로"),
        phone="0504-####-####",
        postcode_tail="",
        name="{family}{given}",
        address1="{street} {number}",
        address2="{floor}층",
    ),
    "GB": Country(
        locale="en-GB",
        family=("Ashdown", "Barlow", "Clegg", "Dunmore", "Ellery", "Fairley", "Garside", "Hallam", "Iveson", "Jessop"),
        given=("Alice", "Ben", "Cara", "Dylan", "Erin", "Fergus", "Grace", "Harvey", "Isla", "Jude", "Nia", "Owen"),
        streets=("Mill Lane", "Station Road", "Church Street", "The Green", "Victoria Road", "Quay Street", "Park Row"),
        phone="07700 900###",  # Ofcom keeps these numbers for drama
        postcode_tail=" #??",
        name="{given} {family}",
        address1="{number} {street}",
        address2="Flat {floor}",
    ),
    "BR": Country(
        locale="pt-BR",
        family=(
            "Almeida",
            "Barbosa",
            "Cardoso",
            "Duarte",
            "Esteves",
            "Ferraz",
            "Gouveia",
            "Lacerda",
            "Moraes",
            "Tavares",
        ),
        given=(
            "Ana",
            "Bruno",
            "Clara",
            "Davi",
            "Elisa",
            "Gabriel",
            "Helena",
            "Igor",
            "Lívia",
            "Mateus",
            "Rafael",
            "Sofia",
        ),
        streets=("Rua das Flores", "Avenida Brasil", "Rua XV de Novembro", "Rua São José", "Avenida Paulista"),
        phone="(11) 5550-####",
        postcode_tail="-###",
        name="{given} {family}",
        address1="{street}, {number}",
        address2="Apto {floor}",
    ),
}
OTHERS = COUNTRIES["GB"]
LETTERS = "ABDEFGHJLNPQRSTUWXYZ"  # those a British inward postcode may hold


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody to deliver to."""

    name: str
    email: str
    phone: str
    address1: str
    address2: str | None
    postal_code: str


def locale_of(country_code: str) -> str:
    """Give the language most customers of a country read."""
    return COUNTRIES[country_code].locale if country_code in COUNTRIES else "en"


def person_of(order_id: str, country_code: str, postcode: str) -> Person:
    """Make up the customer of an order.

    Args:
        order_id: what the person is drawn from.
        country_code: whose names and address form are used.
        postcode: the part of the postcode that is known; the rest is drawn.
    """
    chance, country = seeded("person", order_id), COUNTRIES.get(country_code, OTHERS)
    words = {
        "family": chance.choice(country.family),
        "given": chance.choice(country.given),
        "street": chance.choice(country.streets),
        "number": chance.randint(1, 240),
        "floor": chance.randint(1, 30),
    }
    return Person(
        name=country.name.format(**words),
        email=f"buyer-{order_id.lower()}@example.test",
        phone=_drawn(chance, country.phone),
        address1=country.address1.format(**words),
        address2=country.address2.format(**words) if chance.random() < 0.4 else None,
        postal_code=postcode + _drawn(chance, country.postcode_tail),
    )


def _drawn(chance: Random, pattern: str) -> str:
    """Put a digit for each `#` and a letter for each `?` of the pattern."""
    drawn = {"#": "0123456789", "?": LETTERS}
    return "".join(chance.choice(drawn[sign]) if sign in drawn else sign for sign in pattern)
