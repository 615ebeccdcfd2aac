"""From the bytes that were posted to a payload: JSON in UTF-8, or an HTML form."""

from typing import Any
from urllib.parse import parse_qsl

import orjson

from services.feedback.sources.errors import BodyNotJson
from shared.errors import FieldError

FORM = "application/x-www-form-urlencoded"
FORM_FIELDS_MAX = 1000


def is_form(content_type: str | None) -> bool:
    """Tell whether the sender says that it posts an HTML form."""
    return (content_type or "").partition(";")[0].strip().lower() == FORM


def payload_of(body: bytes, *, form: bool) -> Any:
    """Return the payload; a form is an object of texts, and of lists where a name comes twice.

    Raises BodyNotJson saying where it ends to be readable.
    """
    text = text_of(body)
    return _form_fields(text) if form else _json(text)


def text_of(body: bytes) -> str:
    """Return the text; BodyNotJson naming the first byte that is not UTF-8."""
    try:
        return body.decode()
    except UnicodeDecodeError as error:
        raise _refused(f"byte {error.start} is not UTF-8") from None


def _json(text: str) -> Any:
    try:
        payload = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise _refused(f"it is not JSON at line {error.lineno}, column {error.colno}") from None
    if not isinstance(payload, dict | list):
        raise _refused("it has to be a JSON object or array")
    return payload


def _form_fields(text: str) -> dict[str, str | list[str]]:
    try:
        pairs = parse_qsl(
            text, keep_blank_values=True, strict_parsing=True, errors="strict", max_num_fields=FORM_FIELDS_MAX
        )
    except ValueError:
        raise _refused("it is not an application/x-www-form-urlencoded form in UTF-8") from None
    fields: dict[str, list[str]] = {}
    for name, value in pairs:
        fields.setdefault(name, []).append(value)
    return {name: values[0] if len(values) == 1 else values for name, values in fields.items()}


def _refused(reason: str) -> BodyNotJson:
    return BodyNotJson(errors=[FieldError(pointer="", detail=reason)])
