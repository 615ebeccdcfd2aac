"""Finding e-mail addresses and postcodes."""

import re
from collections.abc import Iterator

from shared.personal_data.spans import Span, words_in

AT = re.compile(
    r"\s{0,2}(?:@|[(\[{<]\s?at\s?[)\]}>]|\sat\s(?=[\w-]{1,63}\s(?:dot|\.)\s))\s{0,2}", re.IGNORECASE
)
# Without one of these, "at" is never read as a sign.
SPELT_OUT = re.compile(r"[(\[{<]\s?[Aa][Tt]|[Dd][Oo][Tt]|\.(?<=\s\.)\s")
# Bounded as addresses are (RFC 5321 §4.5.3.1).
LOCAL_CHARS_MAX = 64
LOCAL_SIGNS = frozenset(".+-_'’&!#$%*/=?^`{|}~")
DOT = r"(?:\.|\s?[(\[{<]\s?dot\s?[)\]}>]\s?|\sdot\s)"
DOMAIN = re.compile(rf"[\w-]{{1,63}}+(?:{DOT}[\w-]{{1,63}}+){{0,7}}{DOT}[^\W\d_]{{2,24}}", re.IGNORECASE)

# The postcode areas: no other letters begin a postcode.
AREAS = words_in("postcode_areas")
# The last two letters are never C, I, K, M, O or V (Royal Mail): "B12 5mg" is no postcode.
POSTCODE = re.compile(
    r"(?<![^\W_])(?P<area>[A-Z]{1,2})(?P<district>\d[A-Z\d]?)(?P<gap>[\s\-–—._,]{0,8})"
    r"(?P<inward>\d[ABD-HJLNP-UW-Z]{2})(?![^\W_])",
    re.IGNORECASE | re.ASCII,
)
# Each character by itself: "N E 1 4 L P".
SPREAD_POSTCODE = re.compile(
    r"(?<![^\W_])(?P<area>[A-Z](?:[ ][A-Z])?)[ ]\d[ ](?:[A-Z\d][ ])?[ ]{0,3}"
    r"\d[ ][ABD-HJLNP-UW-Z][ ][ABD-HJLNP-UW-Z](?![^\W_])"
)
# A digit right behind a letter, or by itself behind a letter by itself.
FIRST_HALF = re.compile(rb"[0-9](?<=[a-z][0-9])|[0-9] (?<= [a-z] [0-9] )")
# What is an ordinal or a measure in small letters: "ward E1 2nd floor", "bay S2 2hr wait", but not "b15 2th".
MEASURE = re.compile(r"1st|2nd|3rd|[04-9]th|\d(?:lb|hr|yr|ft|pt|gs|ps|es|rx)")


def find_email_addresses(text: str, folded: bytes) -> Iterator[Span]:
    """Yield each e-mail address, also with "(at)" and "(dot)"."""
    for at in AT.finditer(text) if "@" in text or (b" at " in folded and SPELT_OUT.search(text)) else ():
        start = at.start()
        while (
            start
            and at.start() - start < LOCAL_CHARS_MAX
            and (text[start - 1].isalnum() or text[start - 1] in LOCAL_SIGNS)
        ):
            start -= 1
        while start < at.start() and not text[start].isalnum():
            start += 1
        domain = DOMAIN.match(text, at.end())
        if domain and start < at.start():
            yield Span(start, domain.end(), "e-mail address")


def find_postcodes(text: str, folded: bytes) -> Iterator[Span]:
    """Yield each postcode, in capital or small letters, however its two halves are joined."""
    if not FIRST_HALF.search(folded):
        return
    for found in POSTCODE.finditer(text):
        if found["area"].upper() in AREAS and not is_measure(found):
            yield Span(found.start(), found.end(), "postcode")
    for found in SPREAD_POSTCODE.finditer(text):
        if found["area"].replace(" ", "") in AREAS:
            yield Span(found.start(), found.end(), "postcode")


def is_measure(found: re.Match[str]) -> bool:
    """Whether the second half is an ordinal or a measure that follows something else, such as a ward."""
    if not found["gap"] or not MEASURE.fullmatch(found["inward"]):
        return False
    return found["area"].isupper() or len(found["area"]) == 1
