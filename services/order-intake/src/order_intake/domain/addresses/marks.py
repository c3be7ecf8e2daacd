"""By which words a military post, a locker and a PO box are known, language by language. Pure.

Each mark is a needle and a pattern: most addresses hold no needle, and looking for one costs a twentieth of a pattern.
"""

import re
from collections.abc import Iterable
from unicodedata import normalize

from order_intake.domain.addresses.address import AddressClass

_MILITARY = (
    ("po ", r"\b[afd]po a[aep]\b|\b[afd]po (?:a[aep],? )?(?:09|34|96)\d{3}\b|\bbfpo \d"),
    ("po, a", r"\b[afd]po, a[aep]\b"),
    ("bfpo", r"\bbfpo\d"),
    ("b.f.p.o", r"\bb\.f\.p\.o\.? ?\d"),
    ("feldpost", r"\bfeldpost\b"),
    ("arm", r"\narm[eé]es$"),
    ("부대", r"\d{3,4}\s?부대"),
    ("군사우체국", r"군사우체국"),
)
_LOCKER = (
    ("station", r"\b(?:pack|pick-?up |pop ?)station\b"),
    ("post", r"\b(?:postfiliale|inpost|foxpost)\b"),
    ("pak", r"\b(?:paket(?:box|shop|automat|omat)|pakiautomaa|pakom[aā]t|pakettiautomaat)"),  # DE, SI, EE, LV, FI
    ("omat", r"\b(?:pa[sš]t|paczk)omat"),  # Lithuania, Poland
    ("parcel", r"\bparcel[ -]?(?:lockers?|box|shop)\b"),
    ("locker", r"\bamazon locker\b|\blockers? ?(?:nr|no|n°|#)?\.? ?\d|\bsmart locker\b"),
    ("amazon", r"\bamazon hub\b"),
    ("consigne", r"\bconsigne\b"),
    ("citypaq", r"\bcitypaq\b"),
    ("box", r"\bz-?box\b|\balzabox\b|\beasybox\b|\bbox ?now\b|\bbal[ií]kovna\b"),
    ("pudo", r"\bpudo(?![a-z])"),
    ("mondial", r"\bmondial relay\b"),
    ("택배", r"무인\s?택배|택배\s?(?:보관)?함|안심\s?택배"),
    ("무인", r"무인\s?(?:보관|락커|우편)"),
    ("ロッカー", r"宅配ロッカー"),
    ("はこぽす", r"はこぽす"),
    ("巢", r"[丰豐]巢"),
    ("驿站", r"驿站"),
    ("柜", r"(?:自提|快递|智能)柜"),
    ("櫃", r"(?:自提|快遞|智能)櫃"),
    ("постамат", r"\bпостамат"),
    ("поштомат", r"\bпоштомат"),
    ("відділення", r"відділення\s?(?:no)?\s?\d"),
)
_PO_BOX = (
    (
        "box",
        r"\bp\W{0,3}o\W{0,3}box\b|\bpost(?:al)?(?: office)? ?box\b|\b[gc]\.?p\.?o\.? box\b|(?:^|[\n,] ?)box \d",
    ),
    ("pob", r"\bpob ?\d"),
    ("p.o.b", r"\bp\.o\.b\.? ?\d"),
    ("bag", r"\b(?:locked|private|mail) bag\b"),
    ("post", r"\bpost(?:fach|bus|boks|ilokero|afi[oó]k)\b|\bposta kutusu\b|\bpo[sš]tni predal\b"),
    ("postale", r"\b(?:bo[iî]te|case|casella) postale\b"),
    ("caixa", r"\bcaixa postal\b"),
    ("apartado", r"\bapartado (?:postal|de correos|a[eé]reo|\d)"),
    ("apdo", r"\bapdo\.? ?(?:\d|postal|de )"),
    ("poczt", r"\bskr(?:\.|ytka) ?poczt"),
    ("pretinac", r"\bpretinac\b"),
    ("predal", r"\bpredal\b"),
    ("kotak pos", r"\bkotak pos\b"),
    ("peti surat", r"\bpeti surat\b"),
    ("casuta", r"\bcasuta postal"),
    ("căsuța", r"\bcăsuța poștal"),
    ("dėžut", r"\bpašto dėžut"),
    ("hộp thư", r"\bhộp thư\b"),
    ("사서함", r"사서함"),
    ("私書", r"私書[箱函]"),
    ("信箱", r"信箱"),
    ("а/", r"\bа/[яс]\b"),
    ("абонент", r"абонент\w* (?:ящик|скриньк)"),
    ("кутия", r"пощенска кутия"),
    ("скринька", r"поштова скринька"),
    ("ת.ד", r"ת\.ד"),
    ("ص.", r"ص\. ?ب"),
    ("صندوق", r"صندوق (?:بريد|پستی)"),
    ("ปณ", r"ตู้ ?ปณ"),
    ("τ.", r"τ\. ?θ\."),
)
# Two letters that mean a box in one country and anything elsewhere.
_BOX_OF = {
    r"\b(?:b\.?p|c\.?s)\.? ?\d": "FR BE LU MC DZ MA TN SN CI CM GA CG CD BF BJ TG ML NE TD CF GN MG DJ KM RW BI RE GP "
    "MQ GF YT NC PF WF",
    r"\b[bc]\.?p\.? \d": "CH CA IT SM RO MZ AO BR",
    r"\bp[lb] \d": "FI",
    r"\bp\.?k\.? ?\d": "TR",
    r"\bpf\.? ?\d": "HU",
    r"\bп\.?к\.? \d": "BG",
    r"\ba\.?d\.? \d": "LT",
}

Mark = tuple[str, re.Pattern[str], AddressClass]


def _compiled(marks: Iterable[tuple[str, str]], kind: AddressClass) -> tuple[Mark, ...]:
    return tuple((needle, re.compile(pattern), kind) for needle, pattern in marks)


_MARKS = (
    *_compiled(_MILITARY, AddressClass.MILITARY),
    *_compiled(_LOCKER, AddressClass.LOCKER),
    *_compiled(_PO_BOX, AddressClass.PO_BOX),
)  # the stronger class first
_ASCII_MARKS = tuple(mark for mark in _MARKS if mark[0].isascii())
_box_of = {code: re.compile(pattern).search for pattern, codes in _BOX_OF.items() for code in codes.split()}


def class_of(country_code: str, lines: str) -> AddressClass | None:
    """The class the words of an address give it; None for an ordinary place."""
    text = lines.lower() if lines.isascii() else normalize("NFKC", lines).lower()
    for needle, pattern, kind in _ASCII_MARKS if text.isascii() else _MARKS:
        if needle in text and pattern.search(text):
            return kind
    box = _box_of.get(country_code)
    return AddressClass.PO_BOX if box and box(text) else None
