"""Finding dates of birth: dates that are called so, and full dates from long ago."""

import re
from collections.abc import Iterator

from shared.personal_data.spans import Span

MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?"
    r"|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\.?"
)
DAY = r"\d{1,2}(?:st|nd|rd|th)?"
BETWEEN = r"\s{0,2}[./\-–,]?\s{0,2}"
IN_LETTERS = rf"(?:{DAY}(?: of)?{BETWEEN}{MONTH}{BETWEEN}|{MONTH}{BETWEEN}{DAY}(?: of)?[\s,./\-–]{{1,3}})"
IN_FIGURES = r"\d{1,2}\s?[./\-–\s]\s?\d{1,2}\s?[./\-–\s]\s?"
YEAR_FIRST = r"[./\-–\s]\d{1,2}[./\-–\s]\d{1,2}"
LONG_AGO = r"(?:19\d\d|200\d)"

ANY_DATE = (
    rf"(?:\d{{4}}{YEAR_FIRST}|(?:{IN_LETTERS}|{IN_FIGURES})['’]?(?:\d{{4}}|\d{{2}})|\d{{8}}|\d{{6}})(?!\d)"
)
# The cue is not the name of a mask, which stands in square brackets.
CALLED_DATE_OF_BIRTH = re.compile(
    r"(?<![\w\[])(?:born|d\.?\s?o\.?\s?b|date of birth|birth ?(?:day|date)|b\.(?=\s?\d))(?![^\W_])"
    rf"\W{{0,6}}(?:(?:is|was|on|the|in)\W{{1,3}}){{0,3}}({ANY_DATE})",
    re.IGNORECASE,
)
# "DOB 1958": a year alone is one only where nothing else can be meant.
YEAR_OF_BIRTH = re.compile(
    r"(?<![\w\[])(?:d\.?\s?o\.?\s?b|date of birth|year of birth)(?![^\W_])"
    r"\W{0,6}(?:(?:is|was|in)\W{1,3}){0,1}((?:19|20)\d\d)(?![\d./\-–])",
    re.IGNORECASE,
)
# What no date of birth is without, in a folded text.
CUE = re.compile(rb"b(?:orn|irth|(?<= b) )|d {0,2}o {0,2}b")
YEAR_LONG_AGO = re.compile(rb"19[0-9][0-9]|200[0-9]")
# A full date from long ago is hardly ever the day of the experience.
OLD_DATE = re.compile(
    rf"(?<![\d./\-–])(?:(?:{IN_LETTERS}|{IN_FIGURES}){LONG_AGO}|{LONG_AGO}{YEAR_FIRST})(?![\d])(?![./\-–]\d)",
    re.IGNORECASE,
)


def find_dates_of_birth(text: str, folded: bytes) -> Iterator[Span]:
    """Yield each date of birth."""
    for pattern in (CALLED_DATE_OF_BIRTH, YEAR_OF_BIRTH) if CUE.search(folded) else ():
        yield from (Span(*found.span(1), "date of birth") for found in pattern.finditer(text))
    if YEAR_LONG_AGO.search(folded):
        yield from (Span(*found.span(), "date of birth") for found in OLD_DATE.finditer(text))
