"""Money as a shop writes it, in whole minor units by the decimals of its currency: text in, integer out. Pure."""

import re

from pydantic_core import PydanticCustomError

from order_events.types import MAX_AMOUNT

_HUNDREDTHS = (
    "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE CHF "
    "CHW CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF "
    "IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN "
    "MXV MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS "
    "SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XAD XCD XCG YER ZAR ZMW "
    "ZWG"
)
_OTHERS = {
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
    3: "BHD IQD JOD KWD LYD OMR TND",
    4: "CLF UYW",
}
# ISO 4217, every currency in which something can be sold; CLDR has other decimals for some of them.
DECIMALS = {code: decimals for decimals, codes in {2: _HUNDREDTHS, **_OTHERS}.items() for code in codes.split()}
_written = re.compile(r"(-?)([0-9]{1,20})(?:\.([0-9]{1,20}))?").fullmatch


def known_currency(code: str) -> str:
    """Refuse a currency that ISO 4217 does not know: nobody could say how many decimals its money has."""
    if code not in DECIMALS:
        raise PydanticCustomError("currency", "must be a currency of ISO 4217")
    return code


def minor_units(written: str, decimals: int) -> int:
    """An amount such as `19.99` as minor units of a currency; zeros behind its own decimals say nothing."""
    parts = _written(written)
    if not parts:
        raise PydanticCustomError("money", "must be an amount such as 19.99")
    sign, whole, fraction = parts.groups("")
    if fraction[decimals:].strip("0"):
        raise PydanticCustomError("decimals", f"must not have more than {decimals} decimals in this currency")
    amount = int(f"{sign}{whole}{fraction[:decimals].ljust(decimals, '0')}")
    if abs(amount) > MAX_AMOUNT:
        raise PydanticCustomError("range", "must fit 64 bits in minor units")
    return amount
