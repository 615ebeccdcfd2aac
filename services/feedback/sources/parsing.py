"""From the bytes that were posted to a payload: JSON in UTF-8, a file of such lines, or an HTML form."""

import re
from codecs import BOM_UTF8
from collections.abc import Iterable, Mapping
from typing import Literal, NamedTuple
from urllib.parse import parse_qsl

import orjson
from pydantic import JsonValue

from services.feedback.errors import BodyNotJson, BodyTypeNotRead
from services.feedback.sources.multipart import FORM_FIELDS_MAX, body_not_json, read_multipart

BodyKind = Literal["json", "form", "multipart", "lines"]
KINDS: Mapping[str, BodyKind] = {
    "application/x-www-form-urlencoded": "form",
    "multipart/form-data": "multipart",
    "application/x-ndjson": "lines",
    "application/ndjson": "lines",
    "application/jsonl": "lines",
    "application/jsonlines": "lines",
    "application/x-jsonlines": "lines",
}
# Systems that cannot choose their type send JSON as plain text, or say nothing.
JSON_TYPES = re.compile(r"|application/json|text/(json|plain)|[a-z]+/[a-z0-9._+-]+\+json")
# What no database stores: U+0000, with which C ends a text, and half of a surrogate pair, which is left where
# JavaScript cuts a text within an emoji. Whole pairs, and `u` after a backslash that is escaped, are no such.
UNSTORABLE = "\0"
ESCAPES = re.compile(
    r"(?:\\\\)+|\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"
    r"|(?P<unstorable>\\u(?:0000|[dD][89a-fA-F][0-9a-fA-F]{2}))"
)
SUSPECT = re.compile(r"\\u(0000|[dD][89a-fA-F])")
REPLACED = "\ufffd"


class ReadBody(NamedTuple):
    """What a posted body says, and the bytes that are kept of it.

    A file of lines is kept as the list of its lines, and a multipart form as the object of its fields: its
    boundary differs at each try, so the bytes say nothing about whether it is the same.
    """

    payload: JsonValue
    kept: bytes
    # By which the same body is known again, whatever type it says that it is: nobody signs that.
    compared: bytes
    is_form: bool = False
    files_left_out: tuple[str, ...] = ()


def kind_of_body(content_type: str | None) -> BodyKind:
    """What the sender says that it posts; BodyTypeNotRead if nothing here reads that."""
    named = (content_type or "").partition(";")[0].strip().lower()
    if JSON_TYPES.fullmatch(named):
        return "json"
    if named not in KINDS:
        raise BodyTypeNotRead
    return KINDS[named]


def read_body(body: bytes, content_type: str | None) -> ReadBody:
    """Read what was posted; BodyTypeNotRead, or BodyNotJson, which says where the body cannot be read."""
    kind = kind_of_body(content_type)
    if kind == "lines":
        return _read_lines(body)
    if kind == "multipart":
        form = read_multipart(body, content_type or "")
        payload = _object_of_pairs(form.fields)
        kept = orjson.dumps(payload)
        return ReadBody(payload, kept, kept, False, form.files_left_out)
    is_form = kind == "form"
    return ReadBody(parse_payload(body, form=is_form), body, body, is_form)


def parse_payload(body: bytes, *, form: bool) -> JsonValue:
    """The payload; a form is an object of texts, and of lists if a name comes twice.

    JSON that came as a form is read as JSON: no form begins with a bracket. A byte order mark is no part of
    either, and U+FFFD takes the place of what no database stores. Raises BodyNotJson, which says where the
    body cannot be read.
    """
    text = decode_text(body.removeprefix(BOM_UTF8))
    return _parse_form(text) if form and not text.lstrip().startswith(("{", "[")) else _parse_json(text)


def decode_text(body: bytes) -> str:
    """The text; BodyNotJson names the first byte that is not UTF-8."""
    try:
        return body.decode()
    except UnicodeDecodeError as error:
        raise body_not_json(f"byte {error.start} is not UTF-8") from None


def _parse_json(text: str) -> JsonValue:
    if SUSPECT.search(text):
        text = ESCAPES.sub(lambda found: REPLACED if found["unstorable"] else found[0], text)
    try:
        payload: JsonValue = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise body_not_json(f"it is not JSON at line {error.lineno}, column {error.colno}") from None
    if not isinstance(payload, dict | list):
        raise body_not_json("it must be a JSON object or array")
    return payload


def _read_lines(body: bytes) -> ReadBody:
    lines = [
        (number, line)
        for number, line in enumerate(body.removeprefix(BOM_UTF8).splitlines(), 1)
        if line.strip()
    ]
    if not lines:
        raise body_not_json("it is a file of lines without a line")
    payload: list[JsonValue] = []
    for number, line in lines:
        try:
            payload.append(_parse_json(decode_text(line)))
        except BodyNotJson as error:
            raise body_not_json(f"line {number}: {error.errors[0].detail}") from None
    return ReadBody(payload, b"[" + b",".join(line for _, line in lines) + b"]", body)


def _parse_form(text: str) -> JsonValue:
    try:
        pairs = parse_qsl(
            text.strip(), keep_blank_values=True, errors="strict", max_num_fields=FORM_FIELDS_MAX
        )
    except ValueError:
        raise body_not_json("it is not an application/x-www-form-urlencoded form in UTF-8") from None
    return _object_of_pairs(pairs)


def _object_of_pairs(pairs: Iterable[tuple[str, str]]) -> JsonValue:
    fields: dict[str, list[JsonValue]] = {}
    for name, value in pairs:
        fields.setdefault(name.replace(UNSTORABLE, REPLACED), []).append(value.replace(UNSTORABLE, REPLACED))
    if not any(value for values in fields.values() for value in values):
        raise body_not_json("it is a form without a value: send name=value, joined by &, or JSON")
    return {name: values[0] if len(values) == 1 else values for name, values in fields.items()}
