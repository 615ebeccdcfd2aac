"""Multipart forms: their fields, bounded, without the files beside them."""

import logging
from typing import NamedTuple

from python_multipart.multipart import Field, File, FormParser, parse_options_header

from services.feedback.errors import BodyNotJson
from shared.errors import FieldError

FORM_FIELDS_MAX = 1000
FILE_NAME_CHARS_MAX = 100
# It writes what people sent into the log.
logging.getLogger("python_multipart").setLevel(logging.CRITICAL)


class MultipartForm(NamedTuple):
    """The fields of a form in their order, and the names of its fields that held files."""

    fields: list[tuple[str, str]]
    files_left_out: tuple[str, ...]


class _Parts:
    """Takes the parts as the parser finds them."""

    def __init__(self) -> None:
        self.fields: list[tuple[str, str]] = []
        self.files: list[str] = []
        self.is_whole = False

    def take_field(self, field: Field) -> None:
        name = _text_of(field.field_name or b"", "the name of a field")
        self.fields.append((name, _text_of(field.value or b"", "a field")))
        self.check_number()

    def take_file(self, file: File) -> None:
        self.files.append(_text_of(file.field_name or b"", "the name of a file")[:FILE_NAME_CHARS_MAX])
        file.close()
        self.check_number()

    def check_number(self) -> None:
        if len(self.fields) + len(self.files) > FORM_FIELDS_MAX:
            raise body_not_json(f"it is a form of more than {FORM_FIELDS_MAX} parts")

    def end(self) -> None:
        self.is_whole = True


def read_multipart(body: bytes, content_type: str) -> MultipartForm:
    """Read a form; BodyNotJson if it is broken, cut off, or has too many parts.

    Files are never kept: nothing here reads them, and they may show people. They are named instead.
    """
    _, options = parse_options_header(content_type)
    if not (boundary := options.get(b"boundary")):
        raise body_not_json("its Content-Type names no boundary")
    parts = _Parts()
    config = {"MAX_MEMORY_FILE_SIZE": len(body) + 1, "UPLOAD_ERROR_ON_BAD_CTE": True}
    try:
        parser = FormParser(
            "multipart/form-data", parts.take_field, parts.take_file, parts.end, boundary, config=config
        )
        parser.write(body)
        parser.finalize()
    except BodyNotJson:
        raise
    except Exception:  # it also raises what is not its own, so any counts
        raise body_not_json("it is not a multipart/form-data form") from None
    if not parts.is_whole:
        raise body_not_json("it is a multipart/form-data form without its end")
    return MultipartForm(parts.fields, tuple(parts.files))


def body_not_json(reason: str) -> BodyNotJson:
    """The refusal of a body that cannot be read, with the place or the reason."""
    return BodyNotJson(errors=[FieldError(pointer="", detail=reason)])


def _text_of(value: bytes, what: str) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError:
        raise body_not_json(f"{what} is not UTF-8") from None
