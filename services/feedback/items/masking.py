"""Masks: personal data in people's words is covered wherever the words are shown."""

import re
from collections.abc import Iterable, Iterator

from phonenumbers import Leniency, PhoneNumberMatcher
from stdnum.gb import nhs

Span = tuple[int, int, str]

# Any digit can begin an NHS number, whatever digits come before it: hence the look-ahead.
TEN_DIGITS = re.compile(r"(?=((?:\d[\s\-–.·/_()]{0,3}){9}\d))")
PHONE_DIGITS = re.compile(r"(?:\d\D{0,3}){7}")
UK_PHONE = re.compile(r"(?<!\d)(?:\+?44\D{0,3}|0)(?:\d[\s\-().]{0,2}){8,9}\d(?!\d)")
# Bounded as addresses are (RFC 5321 §4.5.3.1): otherwise 10,000 letters without a space take half a second.
EMAIL = re.compile(r"[^\s@<>\"',;:()]{1,64}@[^\s@<>\"',;:()]{1,255}\.\w{2,}")
# The last two letters are never C, I, K, M, O or V (Royal Mail): "B12 5mg" is no postcode.
POSTCODE = re.compile(r"\b[A-Z]{1,2}\d[A-Z\d]?\s{0,2}\d[ABD-HJLNP-UW-Z]{2}\b", re.IGNORECASE)
MONTH = r"(?:jan|feb|mar|apr|may|june?|july?|aug|sept?|oct|nov|dec)[a-z]*"
DATE = (
    r"(?:\d{1,2}[\s./-]{1,2}\d{1,2}[\s./-]{1,2}\d{2,4}|\d{4}[./-]\d{1,2}[./-]\d{1,2}"
    rf"|\d{{1,2}}(?:st|nd|rd|th)?(?: of)? {MONTH},? \d{{2,4}}|{MONTH} \d{{1,2}}(?:st|nd|rd|th)?,? \d{{2,4}})"
)
BIRTH_DATE = re.compile(
    r"(?:\bborn(?: on)?|\bd\.?\s?o\.?\s?b\b\.?|\bdate of birth|\bbirth ?(?:day|date))"
    rf"\W{{0,3}}(?:is |was )?(?:on )?({DATE})",
    re.IGNORECASE,
)
# A full date from long ago is hardly ever the day of the experience.
OLD_DATE = re.compile(
    rf"(?<!\d)(?:\d{{1,2}}[\s./-]{{1,2}}\d{{1,2}}[\s./-]{{1,2}}(?:19\d\d|200\d)"
    rf"|(?:19\d\d|200\d)[./-]\d{{1,2}}[./-]\d{{1,2}}"
    rf"|\d{{1,2}}(?:st|nd|rd|th)?(?: of)? {MONTH},? (?:19\d\d|200\d))(?!\d)",
    re.IGNORECASE,
)
TITLE = (
    r"(?i:mrs?|ms|miss|mx|master|dr|doctor|prof(?:essor)?|sister|nurse|matron|sir|dame|lord|lady"
    r"|rev(?:erend)?)"
)
INITIAL_OR_NAME = r"(?:[A-ZÀ-ÖØ-Þ]\.|[A-ZÀ-ÖØ-Þ][\w'’-]*)"
NAME = re.compile(rf"\b{TITLE}\b\.?\s+({INITIAL_OR_NAME}(?:[ \u00a0]+{INITIAL_OR_NAME}){{0,2}})")


def mask(text: str) -> str:
    """The text with each piece of personal data replaced by its kind, in square brackets."""
    masked, end = [], 0
    for start, stop, kind in merge_spans(sorted(find_personal_data(text))):
        masked += [text[end:start], f"[{kind}]"]
        end = stop
    return "".join([*masked, text[end:]])


def find_personal_data(text: str) -> Iterator[Span]:
    """Yield where personal data is; places may overlap."""
    yield from find_nhs_numbers(text)
    for pattern, kind in ((EMAIL, "e-mail address"), (POSTCODE, "postcode"), (OLD_DATE, "date of birth")):
        yield from ((found.start(), found.end(), kind) for found in pattern.finditer(text))
    for pattern, kind in ((BIRTH_DATE, "date of birth"), (NAME, "name")):
        yield from ((found.start(1), found.end(1), kind) for found in pattern.finditer(text))
    yield from find_phone_numbers(text)


def find_nhs_numbers(text: str) -> Iterator[Span]:
    """Yield each ten digits that pass the check of an NHS number, whatever their spacing."""
    for found in TEN_DIGITS.finditer(text):
        digits = "".join(str(int(sign)) for sign in found[1] if sign.isdecimal())
        if nhs.is_valid(digits):
            yield found.start(1), found.end(1), "NHS number"


def find_phone_numbers(text: str) -> Iterator[Span]:
    """Yield each phone number; the costly search runs only where there are enough digits."""
    if not PHONE_DIGITS.search(text):
        return
    yield from ((found.start(), found.end(), "phone number") for found in UK_PHONE.finditer(text))
    for match in PhoneNumberMatcher(text, "GB", leniency=Leniency.VALID):
        yield match.start, match.end, "phone number"


def merge_spans(spans: Iterable[Span]) -> Iterator[Span]:
    """Yield spans that do not overlap: one span covers those that did."""
    current: Span | None = None
    for start, stop, kind in spans:
        if current and start < current[1]:
            current = (current[0], max(stop, current[1]), current[2])
            continue
        if current:
            yield current
        current = (start, stop, kind)
    if current:
        yield current


def mask_within(value: object) -> object:
    """A JSON value with every text in it masked."""
    if isinstance(value, str):
        return mask(value)
    if isinstance(value, list):
        return [mask_within(each) for each in value]
    if isinstance(value, dict):
        return {name: mask_within(each) for name, each in value.items()}
    return value
