"""What a folded text shows is never less than what the patterns read in the text itself."""

import csv
import gzip
import re
import sys
from pathlib import Path
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared import masking
from shared.masking import find_personal_data
from shared.personal_data import addresses, names
from shared.personal_data.folding import fold_text
from shared.personal_data.spans import Span
from tests.benchmarks.saying import WORDS
from tests.shared.test_masking import PIECES, calls_to_mask, lines_of

COMMENTS = Path("services/feedback/data/feedback_rx6.csv.gz")
TITLES = f"{names.SURE}|{names.OTHER}".split("|")
MORE_PIECES = (
    *(written for title in TITLES for written in (title, f"{title} ", f"{title.title()} ", f"{title}. ")),
    *("ſ", "ı", "İ", "\u212a", "٣", "é", "’", "\u00a0", "李", "-", "“", ".", "_", "\u0301", "ſir ", "mıss "),
    *("who ", "al-Hassan ", "Ñandú ", "DrDoctor ", "MrSmith", "ProfEssor ", "RevErend ", "jan ", "d. o. b. "),
    *("date of birth ", "birthday ", "b.", "19", "200", "1961", "E1 6AN", "N 1 4 L P", " . ", "<at>", "dot"),
)
# A folded text behind which these stand may hold everything.
ANYTHING = b" at a1 born 1900 "


def found_everywhere(text: str) -> set[Span]:
    """The places of personal data, with every pattern tried at every place."""
    open_to_all = (
        patch.object(addresses, "SPELT_OUT", re.compile("")),
        patch.object(names, "PLACE_OF_TITLE", re.compile(b"(?=.)")),
        patch.object(names, "UNNAMED", re.compile("(?!)")),
    )
    with open_to_all[0], open_to_all[1], open_to_all[2]:
        folded = fold_text(text) + ANYTHING
        return {span for _, find in masking.FINDERS for span in find(text, folded)}


@given(
    st.one_of(
        st.text(),
        st.lists(st.sampled_from(PIECES + MORE_PIECES), max_size=20).map("".join),
    )
)
def test_what_a_folded_text_rules_out_no_pattern_finds(text: str) -> None:
    assert set(find_personal_data(text)) == found_everywhere(text)


def test_so_it_is_in_every_comment_that_is_shipped_and_in_what_must_be_covered() -> None:
    with gzip.open(COMMENTS, "rt") as rows:
        comments = [row["text"] for row in csv.DictReader(rows)]
    assert len(comments) == 3093
    for text in (*comments, *lines_of("masked.txt"), *lines_of("kept.txt")):
        assert set(find_personal_data(text)) == found_everywhere(text)


def test_every_sign_is_folded_to_what_the_patterns_read_in_it() -> None:
    every = "".join(map(chr, (code for code in range(sys.maxunicode + 1) if not 0xD800 <= code < 0xE000)))
    folded = fold_text(every)
    assert len(folded) == len(every) + 2
    for letter in "abcdefghijklmnopqrstuvwxyz":
        read = {found.start() for found in re.finditer(letter, every, re.IGNORECASE)}
        assert {found.start() - 1 for found in re.finditer(letter.encode(), folded)} == read
    digits = {found.start() for found in re.finditer(r"\d", every)}
    assert {found.start() - 1 for found in re.finditer(b"[0-9]", folded)} == digits


def test_half_of_a_surrogate_pair_keeps_its_place() -> None:
    assert fold_text("Mr \ud800 5") == b" mr   5 "


@pytest.mark.parametrize("text", [WORDS, f"{WORDS} 12", WORDS.replace("'", "’"), "Very good."])
def test_an_ordinary_comment_is_masked_in_few_steps(text: str) -> None:
    assert calls_to_mask(text) <= 45
