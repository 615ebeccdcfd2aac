"""How search tells words apart, in what people wrote and in what is searched for alike."""

import re
from typing import NamedTuple

# Typographic quotes stand for those of a keyboard, dashes and dots between words for a blank.
SIGNS = {"’": "'", "‘": "'", "‛": "'", "´": "'", "`": "'", "“": '"', "”": '"', "„": '"', "«": '"', "»": '"'}
SIGNS |= dict.fromkeys("–—…·•", " ") | dict.fromkeys("‐‑", "-")
TYPED = str.maketrans(SIGNS)
# The words of English by their stems, also the common ones, which `english` leaves out.
EVERY_WORD, ENGLISH = "every_word", "english"
LETTER, SIGN = r"[[\:alpha\:]]", r"[[\:alnum\:]]"
# What is found, and what stands in its place, in this order; what looks ahead takes no sign away.
STEPS = (
    (r"[\u0300-\u036f]", ""),  # accents, once they stand apart
    (r"\m[Aa](\s*[&+/]\s*|\s*and\s*|\s+n\s+)[Ee]\M", "AE"),
    (rf"\m({LETTER})[&/]({LETTER})\M", r"\1\2"),  # R&D, n/a
    (rf"({LETTER})'([sStT])\M", r"\1\2"),  # doctor's, didn't
    (rf"({SIGN})[-/]+(?={SIGN})", r"\1 "),
    (rf"({LETTER})[.,]+(?={LETTER})", r"\1 "),
    (rf"([0-9])({LETTER})", r"\1 \2"),  # 500mg
    (rf"({LETTER}{{2}})([0-9])", r"\1 \2"),  # NHS111
)
SEARCHED_MAX = 100_000
HYPHENATED = rf"{LETTER}-{LETTER}"
# A phrase, which may lack its last mark, or a word; either may be one that is not wanted.
ASKED = re.compile(r'-?"[^"]*"?|\S+')
WITH_HYPHEN = re.compile(r"(-?)(\w[^\s\"]*\w)")
HYPHEN = re.compile(r"(?<=[^\W\d])-(?=[^\W\d])")
EITHER = re.compile(r"\bor\b", re.IGNORECASE)


class WordsAsked(NamedTuple):
    """What is searched for: words of which common ones do not count, and phrases of which every word does.

    `joined` are the phrases with each hyphenated word as one.
    """

    loose: str
    strict: str
    joined: str

    @property
    def highlighted(self) -> tuple[str, str, str]:
        """The same without what is not wanted."""
        loose, strict, joined = (
            " ".join(part for part in ASKED.findall(each) if part[0] != "-") for each in self
        )
        return loose, strict, joined


def words_asked(words: str) -> WordsAsked:
    """Words as people type them, read for search; with `or` each word counts."""
    words = words.translate(TYPED)
    if EITHER.search(words):
        return WordsAsked("", words, words)
    loose, strict, joined = [], [], []
    for part in ASKED.findall(words):
        found = WITH_HYPHEN.fullmatch(part) if "-" in part[1:] else None
        if not found and '"' not in part:
            loose.append(part)
            continue
        sign, inner = (found[1], found[2]) if found else ("-" * (part[0] == "-"), part.strip('-"'))
        apart, together = f'{sign}"{inner}"', f'{sign}"{HYPHEN.sub("", inner)}"'
        # What is not wanted is wanted in neither form.
        strict.append(f"{apart} {together}" if sign else apart)
        joined.append(f"{apart} {together}" if sign else together)
    return WordsAsked(" ".join(loose), " ".join(strict), " ".join(joined))


def separate_words(text: str) -> str:
    """SQL for a text, both as SQLAlchemy's `text` reads it, in which search can tell the words apart.

    "A&E" becomes one word, not "e"; "care/treatment", "good.Staff" and "500mg" become two.
    """
    signs, plain = ("".join(each).replace("'", "''") for each in (SIGNS, SIGNS.values()))
    found = f"normalize(translate({text}, '{signs}', '{plain}'), NFD)"
    for sought, put in STEPS:
        found = f"regexp_replace({found}, '{sought.replace(chr(39), chr(39) * 2)}', '{put}', 'g')"
    return found


def join_words(text: str) -> str:
    """SQL for a text in which each word with a hyphen is one: "co-codamol" becomes "cocodamol"."""
    return f"regexp_replace({text}, '({LETTER})-(?={LETTER})', '\\1', 'g')"


def searched_words(text: str) -> str:
    """SQL for the words of a text that search finds: also the common ones, and those with a hyphen as one.

    The database refuses a row whose words take more than 1 MiB, so the end of a very long text is not found.
    """
    text = f"left({text}, {SEARCHED_MAX})"
    apart = f"to_tsvector('{EVERY_WORD}', {separate_words(text)})"
    together = f"to_tsvector('{EVERY_WORD}', {separate_words(join_words(text))})"
    return f"CASE WHEN {text} ~ '{HYPHENATED}' THEN {apart} || {together} ELSE {apart} END"


def query_of_words(loose: str, strict: str, joined: str) -> str:
    """SQL for what is searched for, given SQL for each part; where only common words are left, they count."""
    every = f"({words_in(EVERY_WORD, strict)} || {words_in(EVERY_WORD, joined)})"
    found = f"({words_in(ENGLISH, loose)} && {every})"
    return f"CASE WHEN numnode({found}) = 0 THEN {words_in(EVERY_WORD, loose)} ELSE {found} END"


def words_in(configuration: str, text: str) -> str:
    """SQL for words searched for, by the words that a configuration knows."""
    return f"websearch_to_tsquery('{configuration}', {separate_words(text)})"


def stems_in(configuration: str, text: str) -> str:
    """SQL for the list of the stems of a text."""
    return f"tsvector_to_array(to_tsvector('{configuration}', {separate_words(text)}))"
