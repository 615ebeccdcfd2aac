"""From the bytes that were posted to a payload: JSON in UTF-8, or an HTML form."""

import re
from codecs import BOM_UTF8
from urllib.parse import parse_qsl

import orjson
from pydantic import JsonValue

from services.feedback.errors import BodyNotJson, BodyTypeNotRead
from shared.errors import FieldError

FORM = "application/x-www-form-urlencoded"
FORM_FIELDS_MAX = 1000
# Systems that cannot choose their type send JSON as plain text, or say nothing.
JSON_TYPES = re.compile(r"|application/json|text/(json|plain)|[a-z]+/[a-z0-9.+-]+\+json")
# What no database stores: U+0000, with which C ends a text, and half of a surrogate pair, which is left where
# JavaScript cuts a text within an emoji. Whole pairs, and `u` after a backslash that is escaped, are no such.
UNSTORABLE = "\0"
ESCAPES = re.compile(
    r"(?:\\\\)+|\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"
    r"|(?P<unstorable>\\u(?:0000|[dD][89a-fA-F][0-9a-fA-F]{2}))"
)
SUSPECT = re.compile(r"\\u(0000|[dD][89a-fA-F])")
REPLACED = "\ufffd"


def is_form(content_type: str | None) -> bool:
    """Whether the sender says that it posts an HTML form; BodyTypeNotRead if it is neither form nor JSON."""
    named = (content_type or "").partition(";")[0].strip().lower()
    if named != FORM and not JSON_TYPES.fullmatch(named):
        raise BodyTypeNotRead
    return named == FORM


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
        raise _body_not_json(f"byte {error.start} is not UTF-8") from None


def _parse_json(text: str) -> JsonValue:
    if SUSPECT.search(text):
        text = ESCAPES.sub(lambda found: REPLACED if found["unstorable"] else found[0], text)
    try:
        payload: JsonValue = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise _body_not_json(f"it is not JSON at line {error.lineno}, column {error.colno}") from None
    if not isinstance(payload, dict | list):
        raise _body_not_json("it must be a JSON object or array")
    return payload


def _parse_form(text: str) -> JsonValue:
    try:
        pairs = parse_qsl(
            text.strip(), keep_blank_values=True, errors="strict", max_num_fields=FORM_FIELDS_MAX
        )
    except ValueError:
        raise _body_not_json("it is not an application/x-www-form-urlencoded form in UTF-8") from None
    if not any(value for _, value in pairs):
        raise _body_not_json("it is a form without a value: send name=value, joined by &, or JSON")
    fields: dict[str, list[JsonValue]] = {}
    for name, value in pairs:
        fields.setdefault(name.replace(UNSTORABLE, REPLACED), []).append(value.replace(UNSTORABLE, REPLACED))
    return {name: values[0] if len(values) == 1 else values for name, values in fields.items()}


def _body_not_json(reason: str) -> BodyNotJson:
    return BodyNotJson(errors=[FieldError(pointer="", detail=reason)])
