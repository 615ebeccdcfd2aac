"""Shapes: bounded text, instants in UTC, references to bodies."""

import contextlib
from datetime import datetime, timedelta, timezone
from uuid import UUID

import pytest
from pydantic import TypeAdapter, ValidationError

from shared.schemas import BodyRef, Line, Moment, Prose, Schema, ref_parts


def test_an_instant_is_written_in_utc_with_z():
    at = datetime(2026, 4, 1, 1, 30, tzinfo=timezone(timedelta(hours=1)))
    assert TypeAdapter(Moment).dump_json(at) == b'"2026-04-01T00:30:00Z"'


def test_an_instant_without_a_zone_is_refused():
    with pytest.raises(ValidationError):
        TypeAdapter(Moment).validate_python("2026-04-01T00:30:00")


@pytest.mark.parametrize(
    ("given", "is_in_it"),
    [
        ("0001-01-01T00:00:00Z", True),
        ("0001-01-01T00:00:00+14:00", False),
        ("9999-12-31T23:59:59Z", True),
        ("9999-12-31T23:59:59-00:01", False),
    ],
)
def test_an_instant_outside_the_calendar_in_utc_is_refused(given, is_in_it):
    with contextlib.nullcontext() if is_in_it else pytest.raises(ValidationError):
        TypeAdapter(Moment).validate_python(given)


@pytest.mark.parametrize("text", ["", "two\nlines", "a\tb", "x" * 201, "\x1b[31m"])
def test_a_line_is_one_line(text):
    with pytest.raises(ValidationError):
        TypeAdapter(Line).validate_python(text)


def test_prose_is_bounded():
    TypeAdapter(Prose).validate_python("two\nlines")
    with pytest.raises(ValidationError):
        TypeAdapter(Prose).validate_python("x" * 10_001)


def test_unknown_fields_are_refused():
    class New(Schema):
        name: Line

    with pytest.raises(ValidationError, match="extra"):
        New.model_validate({"name": "a", "nmae": "b"})


def test_a_body_is_named_by_id_or_code():
    assert ref_parts("ods:qhm") == ("ods", "QHM")
    assert ref_parts("0198c0de-0000-7000-8000-000000000000")[1] == UUID(
        "0198c0de-0000-7000-8000-000000000000"
    )


@pytest.mark.parametrize("ref", ["", "QHM", "ods:", "ods:Q HM", "xyz:QHM", "ods:" + "Q" * 13, "0198c0de"])
def test_anything_else_is_no_reference(ref):
    with pytest.raises(ValidationError):
        TypeAdapter(BodyRef).validate_python(ref)
