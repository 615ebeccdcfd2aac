"""Searching: pages of what is published, what was done about each piece, and where the words stand."""

import re
from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

import orjson
from fastapi import Response
from sqlalchemy import ColumnElement, Text, literal_column

from services.feedback.items.pages import COLUMNS, Conditions, FeedbackReader, answer_with
from services.feedback.items.queries import Sight
from services.feedback.separating import (
    ENGLISH,
    EVERY_WORD,
    WordsAsked,
    query_of_words,
    searched_words,
    stems_in,
    words_asked,
)
from shared.auth import Caller
from shared.paging import PageRequest

PUBLIC = Sight()
READ_CHARACTERS = 2_000
# "A & E" is one word with blanks in it; the signs around a word are not part of it.
WORD = re.compile(r"\b[Aa]\s*(?:[&+/]|and)\s*[Ee]\b|\w(?:\S*\w)?")
SHOWN = (
    "id",
    "state",
    "answer",
    "closed_as",
    "judged_by",
    "demonstration",
    "organisation_id",
    "footprint_id",
)
NAMED = ", ".join(f"'{'loop_id' if name == 'id' else name}', l.{name}" for name in SHOWN)
# A draft is not public. The database looks these up for the rows of the page alone.
LOOPS = cast(
    ColumnElement[Any],
    literal_column(
        f"(SELECT jsonb_agg(jsonb_build_object({NAMED}) ORDER BY l.id) FROM loop_copy l "  # noqa: S608 # names of ours
        "WHERE l.state <> 'draft' AND l.feedback_ids @> ARRAY[feedback.id])",
        Text,
    ).label("answered_by"),
)
FOUND_COLUMNS = (*COLUMNS, LOOPS)
LOOSE, STRICT = stems_in(ENGLISH, "$2::text"), stems_in(EVERY_WORD, "$3::text || ' ' || $4::text")
COMMON = stems_in(EVERY_WORD, "$2::text")
# Which words have a stem that is asked for; where only common words are, these.
STEMS = f"""
    WITH asked AS (SELECT {LOOSE} || {STRICT} AS stems),
    counted AS (SELECT CASE WHEN stems = '{{}}' THEN {COMMON} ELSE stems END AS stems FROM asked)
    SELECT word FROM unnest($1::text[]) word, counted
    WHERE tsvector_to_array({searched_words("word")}) && counted.stems""".replace("\\:", ":")  # noqa: S608 # names of ours


QUERY = f"SELECT ({query_of_words('$1::text', '$2::text', '$3::text')})::text".replace("\\:", ":")


class QueriesOfWords:
    """What the database makes of the words that were searched for last.

    Each page then gives it as a constant: only so does the database know beforehand how rare the words are.
    """

    KEPT_MAX = 1_000

    def __init__(self) -> None:
        self.kept: OrderedDict[WordsAsked, str] = OrderedDict()

    async def query_of(self, reader: FeedbackReader, asked: WordsAsked) -> str:
        """The query of words, as the database writes it."""
        if asked not in self.kept:
            ((self.kept[asked],),) = await reader.pool.fetch(QUERY, *asked)
            if len(self.kept) > self.KEPT_MAX:
                self.kept.popitem(last=False)
        return self.kept[asked]


QUERIES = QueriesOfWords()


async def search_page(
    reader: FeedbackReader,
    words: str,
    others: Conditions,
    caller: Caller,
    paging: PageRequest,
    *,
    highlights: bool,
) -> Response:
    """A page of published feedback with these words, and what was done about each; raises BadCursor."""
    asked = words_asked(words)
    wanted = {**others, "words": await QUERIES.query_of(reader, asked)}
    rows, following = await reader.rows_of_page(FOUND_COLUMNS, PUBLIC, wanted, caller, paging)
    items = await reader.items_of_rows(rows, caller)
    loops = [orjson.loads(row["answered_by"] or "[]") for row in rows]
    found = await places_of_words(reader, asked, items) if highlights else [None] * len(items)
    each = zip(items, loops, found, strict=True)
    shown = [{**item, "answered_by": answering, "found": places} for item, answering, places in each]
    return answer_with(shown, following, paging)


async def places_of_words(
    reader: FeedbackReader, asked: WordsAsked, items: Sequence[Mapping[str, Any]]
) -> list[list[dict[str, object]]]:
    """Where the words that were searched for stand in what is shown of each item."""
    written = [list(words_of_item(item)) for item in items]
    different = {match[0] for each in written for _, match in each}
    rows = await reader.pool.fetch(STEMS, sorted(different), *asked.highlighted)
    found = {row["word"] for row in rows}
    return [
        [{"field": field, "start": m.start(), "end": m.end()} for field, m in each if m[0] in found]
        for each in written
    ]


def words_of_item(item: Mapping[str, Any]) -> Iterator[tuple[str, re.Match[str]]]:
    """The words at the beginning of each text of an item, with the pointer to the text."""
    for field, text in texts_of(item):
        yield from ((field, match) for match in WORD.finditer(text, 0, READ_CHARACTERS))


def texts_of(item: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The texts of an item as it is shown, each with its pointer."""
    if item["text"]:
        yield "/text", item["text"]
    for place, answer in enumerate(item["answers"] or ()):
        if answer.get("text"):
            yield f"/answers/{place}/text", answer["text"]
