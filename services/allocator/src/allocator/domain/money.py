"""Money in whole numbers: thousandths of a minor unit inside, minor units when it is said."""

from decimal import ROUND_HALF_UP, Decimal

# ISO 4217, currencies whose minor unit is not a hundredth.
_EXPONENTS = {
    **dict.fromkeys(("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX"), 0),
    **dict.fromkeys(("UYI", "VND", "VUV", "XAF", "XOF", "XPF"), 0),
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
    **dict.fromkeys(("CLF", "UYW"), 4),
}
PER_MINOR = 1000


def thousandths(amount: Decimal, currency: str) -> int:
    """An amount in major units (8.33 BRL) as thousandths of its minor unit (833,000), rounded half up."""
    minor = amount.scaleb(_EXPONENTS.get(currency, 2))
    return int((minor * PER_MINOR).quantize(Decimal(1), ROUND_HALF_UP))


def minor_units(thousandths: int) -> int:
    """Thousandths of a minor unit as whole minor units, rounded half up."""
    return (thousandths + PER_MINOR // 2) // PER_MINOR


def minor_units_at_least(thousandths: int) -> int:
    """Thousandths of a minor unit as whole minor units, rounded up: for what must not be understated."""
    return -(-thousandths // PER_MINOR)
