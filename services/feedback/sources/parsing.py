"""From the bytes that were posted to a payload: JSON in UTF-8, or an HTML form."""

from urllib.parse import parse_qsl

import orjson
from pydantic import JsonValue

from services.feedback.errors import BodyNotJson
from shared.errors import FieldError

FORM = "application/x-www-form-urlencoded"
FORM_FIELDS_MAX = 1000


def is_form(content_type: str | None) -> bool:
    """Whether the sender says that it posts an HTML form."""
    return (content_type or "").partition(";")[0].strip().lower() == FORM


def parse_payload(body: bytes, *, form: bool) -> JsonValue:
    """The payload; a form is an object of texts, and of lists if a name comes twice.

    Raises BodyNotJson, which says where the body cannot be read.
    """
    text = decode_text(body)
    return _parse_form(text) if form else _parse_json(text)


def decode_text(body: bytes) -> str:
    """The text; BodyNotJson names the first byte that is not UTF-8."""
    try:
        return body.decode()
    except UnicodeDecodeError as error:
        raise _body_not_json(f"byte {error.start} is not UTF-8") from None


def _parse_json(text: str) -> JsonValue:
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
            text, keep_blank_values=True, strict_parsing=True, errors="strict", max_num_fields=FORM_FIELDS_MAX
        )
    except ValueError:
        raise _body_not_json("it is not an application/x-www-form-urlencoded form in UTF-8") from None
    fields: dict[str, list[JsonValue]] = {}
    for name, value in pairs:
        fields.setdefault(name, []).append(value)
    return {name: values[0] if len(values) == 1 else values for name, values in fields.items()}


def _body_not_json(reason: str) -> BodyNotJson:
    return BodyNotJson(errors=[FieldError(pointer="", detail=reason)])
