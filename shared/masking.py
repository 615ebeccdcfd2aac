"""Masks: personal data in what people write is covered before it is shown, sent or exported.

Words are masked once, when they are written, and what is shown is kept beside what was written. `RULES` is
the version of the rules: whoever changes what is found raises it, and `mask-again` masks what was kept.
"""

import asyncio
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from itertools import accumulate, chain
from typing import NamedTuple, TypeVar

from pydantic import JsonValue

from shared.personal_data.addresses import find_email_addresses, find_postcodes
from shared.personal_data.dates import find_dates_of_birth
from shared.personal_data.folding import fold_text
from shared.personal_data.names import find_names
from shared.personal_data.numbers import find_called_phones, find_numbers
from shared.personal_data.spans import Kind, Span
from shared.schemas import Answer

Fields = TypeVar("Fields", bound=Mapping[str, JsonValue])
MaskedWords = TypeVar("MaskedWords")

RULES = 3
# Each with the fewest digits that it needs to find anything.
FINDERS = (
    (8, find_numbers),
    (7, find_called_phones),
    (0, find_email_addresses),
    (2, find_postcodes),
    (3, find_dates_of_birth),
    (0, find_names),
)
# A mask may bring two pieces together that were apart.
ROUNDS_MAX = 3
# Longer texts are masked in a thread, so that other requests need not wait.
CHARS_AT_ONCE = 2_000
# How a body can be reached: covered everywhere but in words that are there to say so.
REACHABLE_AT: frozenset[Kind] = frozenset({"phone number", "e-mail address", "postcode"})


class Masked(NamedTuple):
    """A text as it is shown, and which kinds of personal data were covered in it."""

    text: str
    kinds: frozenset[Kind] = frozenset()


class FieldMasks(Answer):
    """Which kinds of personal data were covered in one field; never what stood there."""

    field: str
    kinds: list[Kind]


def mask(text: str) -> str:
    """The text with each piece of personal data replaced by its kind, in square brackets."""
    return cover(text).text


def cover(text: str, keep: Collection[Kind] = ()) -> Masked:
    """The text masked, and the kinds that were covered; what is to be kept stays whole."""
    kinds: set[Kind] = set()
    for _ in range(ROUNDS_MAX):
        # What lies within what is kept stays too. But "443 476 5919, 12 High Street" reads as a phone number
        # although it begins with an NHS number, which is covered.
        if not (found := list(find_personal_data(text))):
            break
        found.sort(
            key=lambda span: (
                span.start,
                span.kind in keep and not text[span.start : span.stop].isdigit() and text[span.start] == "4",
                -span.stop,
                span.kind not in keep,
            ),
        )
        kept_to = accumulate((span.stop if span.kind in keep else 0 for span in found), max)
        spans = merge_spans(span for span, end in zip(found, kept_to, strict=True) if span.stop > end)
        text = replace_spans(text, spans)
        kinds.update(span.kind for span in spans)
    return Masked(text, frozenset(kinds))


def find_personal_data(text: str) -> Iterator[Span]:
    """Where personal data is; places may overlap."""
    folded = fold_text(text)
    digits = len(folded) - len(folded.translate(None, b"0123456789"))
    return chain.from_iterable(find(text, folded) for least, find in FINDERS if digits >= least)


def replace_spans(text: str, spans: Iterable[Span]) -> str:
    """The text with the name of its kind in each place."""
    masked, end = [], 0
    for span in spans:
        masked += [text[end : span.start], f"[{span.kind}]"]
        end = span.stop
    return "".join([*masked, text[end:]])


def merge_spans(spans: Iterable[Span]) -> list[Span]:
    """Spans that do not overlap: one span covers those that did."""
    merged: list[Span] = []
    for span in spans:
        if merged and span.start < merged[-1].stop:
            merged[-1] = merged[-1]._replace(stop=max(span.stop, merged[-1].stop))
        else:
            merged.append(span)
    return merged


class MaskedFields(NamedTuple):
    """Several fields as they are shown, and what was covered in which of them."""

    shown: dict[str, JsonValue]
    masks: tuple[FieldMasks, ...] = ()


def cover_fields(fields: Mapping[str, JsonValue]) -> MaskedFields:
    """The fields with every text in them masked, however deep it lies."""
    masks: list[FieldMasks] = []
    shown = {name: cover_within(value, name, masks) for name, value in fields.items()}
    return MaskedFields(shown, tuple(masks))


def cover_within(value: JsonValue, path: str, masks: list[FieldMasks]) -> JsonValue:
    """A JSON value with every text in it masked; what was covered is added to `masks`."""
    if isinstance(value, str):
        masked = cover(value)
        if masked.kinds:
            masks.append(FieldMasks(field=path, kinds=sorted(masked.kinds)))
        return masked.text
    if isinstance(value, list):
        return [cover_within(each, f"{path}.{place}", masks) for place, each in enumerate(value)]
    if isinstance(value, dict):
        return {name: cover_within(each, f"{path}.{name}", masks) for name, each in value.items()}
    return value


async def cover_fields_apart(fields: Mapping[str, JsonValue]) -> MaskedFields:
    """The fields masked; where they are long, in a thread."""
    return await mask_apart(cover_fields, fields)


async def mask_apart(mask_all: Callable[[Fields], MaskedWords], fields: Fields) -> MaskedWords:
    """What a function that masks makes of these fields; where they are long, it works in a thread."""
    if count_chars(list(fields.values())) <= CHARS_AT_ONCE:
        return mask_all(fields)
    return await asyncio.to_thread(mask_all, fields)


def count_chars(value: JsonValue) -> int:
    """How many characters of text there are in a JSON value."""
    if isinstance(value, str):
        return len(value)
    if isinstance(value, list | dict):
        return sum(map(count_chars, value.values() if isinstance(value, dict) else value))
    return 0
