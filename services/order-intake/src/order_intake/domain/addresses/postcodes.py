"""How postcodes are read: their letters and digits, whatever stands between them. Pure."""

import re
from collections import Counter
from collections.abc import Sequence
from unicodedata import normalize

from msgspec import Struct

_APART = re.compile(r"[\W_]+")
# In the library's patterns: what separates the groups of a code. A range in brackets is none.
_SEPARATORS = re.compile(r"(\[[^\]]*\])|[ \-]\??|\\[\-b]")
_ABROAD = re.compile(r"[A-Z]{1,3}(?=\d)")  # D-10115, LV-1010, CH-8001: a country's sign before its code
_MOST_ZEROS = 2  # a spreadsheet takes the zeros off 00901 and 01067
_LONGEST = 16  # no country's code comes near it


class PostcodeForm(Struct, frozen=True):
    """What a country's postcodes look like, separators aside.

    `printed` is the library's own pattern, with separators; `width` is 0 where codes are not digits of one length;
    `break_at` says how many characters stand after the separator `mark` when it is printed, except in codes that are
    as long as the `unbroken`.
    """

    pattern: re.Pattern[str]
    printed: re.Pattern[str]
    width: int
    mark: str
    break_at: int
    unbroken: frozenset[int]


def form_of(pattern: str, examples: Sequence[str]) -> PostcodeForm:
    """The form behind a pattern of the library and its examples."""
    inner = _SEPARATORS.sub(lambda found: "" if found[1] is None else _bracket(found[1]), pattern)
    mark, break_at = _break(examples)
    return PostcodeForm(
        pattern=re.compile(inner),
        printed=re.compile(rf"(?<![\w-])(?:{pattern})(?![\w-])"),
        width=_width(examples),
        mark=mark,
        break_at=break_at,
        unbroken=frozenset(len(example) for example in examples if example.isalnum()),
    )


def _bracket(bracket: str) -> str:
    """A set of separators is no part of the code; any other set is."""
    return "" if set(bracket) <= set("[] -\\") else bracket


def _width(examples: Sequence[str]) -> int:
    """How many digits a code has; the short form counts where there is one (62704 of 62704-1234)."""
    codes = [example for example in examples if example.isdigit()] or [compact(example) for example in examples]
    lengths = {len(code) for code in codes}
    return lengths.pop() if len(lengths) == 1 and all(code.isdigit() for code in codes) else 0


def _break(examples: Sequence[str]) -> tuple[str, int]:
    """Where printed codes have their separator, counted from the end: `SW1A 1AA` before the last three."""
    found = [(sign[0], len(example) - sign.end()) for example in examples if (sign := re.search(r"[ \-]", example))]
    return Counter(found).most_common(1)[0][0] if found else ("", 0)


def compact(text: str) -> str:
    """A code's letters and digits: full-width ones as ordinary ones, in capitals."""
    if not text.isascii():
        text = normalize("NFKC", text)
    return text.upper() if text.isalnum() else _APART.sub("", text).upper()


def read(text: str, form: PostcodeForm) -> str | None:
    """The code a text means, letters and digits only; None where it is no code of this form."""
    if len(text) > _LONGEST:
        return None
    code = compact(text)
    if form.pattern.fullmatch(code):
        return code
    return _as_written_abroad(code, form) or _with_zeros(code, form)


def _as_written_abroad(code: str, form: PostcodeForm) -> str | None:
    own = _ABROAD.sub("", code, count=1)
    return own if own != code and form.pattern.fullmatch(own) else None


def _with_zeros(code: str, form: PostcodeForm) -> str | None:
    missing = form.width - len(code)
    if not (0 < missing <= _MOST_ZEROS and code.isascii() and code.isdigit()):
        return None
    whole = code.zfill(form.width)
    return whole if form.pattern.fullmatch(whole) else None


def printed(code: str, form: PostcodeForm) -> str:
    """A code that was read, with its separator where the country prints one."""
    if len(code) in form.unbroken or not 0 < form.break_at < len(code):
        return code
    return code[: -form.break_at] + form.mark + code[-form.break_at :]
