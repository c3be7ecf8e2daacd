"""Money as whole minor units, by decimal arithmetic only."""

from decimal import Decimal

# ISO 4217: currencies whose minor unit is not a hundredth.
DIGITS = {"CLP": 0, "ISK": 0, "JPY": 0, "KRW": 0, "PYG": 0, "VND": 0, "BHD": 3, "JOD": 3, "KWD": 3, "OMR": 3, "TND": 3}


def minor_units(amount: str | Decimal, currency: str) -> int:
    """Give an amount in minor units of its currency.

    Args:
        amount: as written, such as `36.45`; never a binary float.
        currency: ISO 4217 code; one that is not listed has hundredths.

    Raises:
        ValueError: the amount is finer than the currency's minor unit.
    """
    scaled = Decimal(amount).scaleb(DIGITS.get(currency, 2))
    whole = int(scaled)
    if whole != scaled:
        raise ValueError(f"{amount} {currency} is finer than the currency's minor unit")
    return whole


def money(amount: str | Decimal, currency: str) -> dict[str, int | str]:
    """Give an amount as events carry it."""
    return {"amount": minor_units(amount, currency), "currency": currency}
