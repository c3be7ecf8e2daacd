"""The words of a check: each rule's name, field and message stand once. Pure."""

from order_events import Problem
from order_intake.domain.problems import problem


def _all(*rules: tuple[str, str, str]) -> dict[str, Problem]:
    return {rule: problem(field, rule, message) for field, rule, message in rules}


# Made once: an address with a warning costs no more than one without.
RULES = _all(
    ("country_code", "country_unknown", "must be the ISO 3166-1 code of a country, of two letters"),
    ("address1", "street_missing", "an address needs a street, a building or a PO box in address1 or address2"),
    ("city", "place_missing", "an address needs a city, or a postcode of its country that names one"),
    ("city", "city_missing", "this country's addresses have a city; here only the postcode or the lines name one"),
    ("postal_code", "postal_code_missing", "this country's addresses have a postcode"),
    ("postal_code", "postal_code_format", "is no postcode of this country"),
    ("postal_code", "postal_code_province", "is a postcode of another province"),
    ("province", "province_missing", "this country's addresses name the province"),
    ("province", "province_unknown", "is no province of this country by any name we know"),
    ("address1", "house_number_missing", "has no number; streets of this country have numbered houses"),
    ("name", "recipient_missing", "a label needs a name or a company"),
    ("country_code", "military_country", "mail to a military post is sent as mail to the country whose force it is"),
)
