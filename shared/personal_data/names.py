"""Finding names behind titles: "Mrs Ada Smith", "mr smith", "Dr.van der Berg"."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from shared.personal_data.spans import Span, words_in

# Titles that are hardly ever anything else; behind the others only a name with a capital letter is one.
SURE = "mr|mrs|mister|missus|ms|mx|dr|drs|prof|professor|rev|revd|reverend|messrs|cllr"
OTHER = "miss|master|doctor|sister|nurse|matron|sir|dame|lord|lady|father|councillor|pastor|imam|rabbi"
# Where a title can stand in a folded text; tried by their first letters, which most words do not have.
PLACE_OF_TITLE = re.compile(
    rb" (?:m(?:rs?|s|iss|(?:x|ister|issus|essrs|aster|atron)(?= ))|dr|prof|rev"
    rb"|(?:cllr|councillor|doctor|s(?:ister|ir)|nurse|dame|l(?:ord|ady)|father|pastor|imam|rabbi)(?= ))"
)
TITLE = re.compile(
    rf"(?<![\w'’])(?:(?P<sure>{SURE})|{OTHER})(?![\w'’])"
    r"(?P<gap>\.?(?:\s{1,3}|(?<=\.)))",
    re.IGNORECASE,
)
# "MrSmith", but not "HMRC" or "Mrs".
GLUED_TITLE = re.compile(r"(?<![\w'’])(?:Mrs|Mr|Ms|Miss|Dr|Prof|Rev)(?=[^\W\d_])")
# "Lady Smith", but not "two lady Geordies" or "I miss London".
WITH_CAPITAL_ONLY = frozenset({"lady", "miss", "master", "father", "lord"})
UNIT = re.compile(r"[^\W\d_](?:[^\W\d_]|[\u0300-\u036f]|[\-'’‐‑](?=[^\W\d_])){0,39}+")
POSSESSIVE = re.compile(r"['’]s$", re.IGNORECASE)
BLANKS = re.compile(r"[ \u00a0]{1,3}")
UNITS_MAX = 6
PARTICLES = words_in("particles")
# Everyday words that follow a title without being a name, and names that look like forms of verbs.
# Before a title that is a noun: "the dr explained", "my ms symptoms", "a sister".
DETERMINER = re.compile(
    r"\b(?:the|a|an|my|your|his|her|our|their|this|that|these|those|another|any|no|each|every|which|what|new|one|some"
    r"|own|same|first|second|next|other|good)\s{1,3}$",
    re.IGNORECASE,
)
CONTEXT_CHARS = 12
VERB = re.compile(r"(?:ing|ed|ly)$")
NAMES_LIKE_VERBS = words_in("names_like_verbs")
WORDS = words_in("words")
# Most titles are of these: "the nurse who saw me".
UNNAMED = re.compile(
    rf"(?i:{OTHER})\.?\s{{1,3}}(?!(?:{'|'.join(sorted(PARTICLES))})\b)[a-z]{{1,39}}(?=[\s.,;:!?])"
)


@dataclass(frozen=True, slots=True)
class Unit:
    """One part of a name."""

    text: str
    start: int
    stop: int

    @property
    def has_capital(self) -> bool:
        """Whether it begins with a capital or a letter without case, or has a capital inside: "al-Hassan"."""
        return any(not sign.islower() for sign in (self.text[0], *re.findall(r"[\-'’](\w)", self.text)))

    @property
    def is_particle(self) -> bool:
        """Whether it joins a name and is none by itself."""
        return self.text.casefold() in PARTICLES


def find_names(text: str, folded: bytes) -> Iterator[Span]:
    """Yield each name behind a title; the title itself stays."""
    for place in (found.start() for found in PLACE_OF_TITLE.finditer(folded)):
        if UNNAMED.match(text, place):
            continue
        title, glued = TITLE.match(text, place), GLUED_TITLE.match(text, place)
        for units in (title and units_behind(text, title), glued and units_glued_to(text, glued)):
            if units:
                yield Span(units[0].start, units[-1].stop, "name")


def units_glued_to(text: str, title: re.Match[str]) -> list[Unit]:
    """The parts of the name right behind a title: a capital, then small letters; none if there is no name."""
    units = list(units_from(text, title.end()))
    word = units[0].text if units else ""
    is_name = not word[:1].islower() and word[1:2].islower() and f"{title[0]}{word}".casefold() != "drdoctor"
    return name_units(units, small=False) if is_name else []


def units_behind(text: str, title: re.Match[str]) -> list[Unit]:
    """The parts of the name behind a title; none if there is no name."""
    units = list(units_from(text, title.end()))
    if not units or not (title["sure"] or units[0].has_capital or units[0].is_particle):
        return []
    written = title[0].rstrip(" .\n\t\u00a0")
    is_noun = bool(DETERMINER.search(text, max(0, title.start() - CONTEXT_CHARS), title.start()))
    ends_sentence = is_noun and "." in title["gap"] and written.islower()
    if ends_sentence or written in WITH_CAPITAL_ONLY:
        return []
    is_shouted = written.isupper() and units[0].text.isupper() and len(units[0].text) > 1
    # A capital may follow the small particles with which a name begins.
    first = next((unit for unit in units if not unit.is_particle), units[0])
    small = is_shouted or not (units[0].has_capital or (units[0].is_particle and first.has_capital))
    if small and (is_noun or not title["sure"]):
        return []
    return name_units(units, small=small, verbs_follow=written.casefold() not in ("mr", "mrs"))


def units_from(text: str, start: int) -> Iterator[Unit]:
    """Yield the words from here on that could be parts of one name."""
    for _ in range(UNITS_MAX):
        found = UNIT.match(text, start)
        if found is None:
            return
        word = POSSESSIVE.sub("", found[0])
        stop = found.start() + len(word)
        is_initial = len(word) == 1
        if is_initial and (text[stop : stop + 1] in ("&", "/") or text[stop : stop + 1].isdigit()):
            return
        if is_initial and text[stop : stop + 1] == ".":
            stop += 1
        yield Unit(word, found.start(), stop)
        blanks = BLANKS.match(text, stop)
        if word != found[0] or not (blanks or (is_initial and text[stop - 1] == ".")):
            return
        start = blanks.end() if blanks else stop


def name_units(units: list[Unit], *, small: bool, verbs_follow: bool = False) -> list[Unit]:
    """The first words that are parts of a name; in small letters only two, as any word could follow."""
    named: list[Unit] = []
    whole = 0
    for position, unit in enumerate(units):
        if unit.is_particle and position + 1 < len(units):
            named.append(unit)
            continue
        if (
            unit.text.casefold() in WORDS
            or (not small and not unit.has_capital)
            or (small and not is_small_name(unit, named, verbs_follow))
        ):
            break
        named.append(unit)
        whole = len(named)
        if small and len(unit.text) > 1 and whole > 1:
            break
    return named[:whole]


def is_small_name(unit: Unit, before: list[Unit], verbs_follow: bool) -> bool:
    """Whether a word in small letters can be part of a name: everyday words and forms of verbs are none."""
    word = unit.text.casefold()
    is_second = any(len(each.text) > 1 and not each.is_particle for each in before)
    looks_like_verb = bool(VERB.search(word)) and word not in NAMES_LIKE_VERBS
    return not (looks_like_verb and (is_second or verbs_follow))
