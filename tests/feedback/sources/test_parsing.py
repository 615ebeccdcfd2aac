"""Bodies: JSON and forms are read, and what is neither is refused with the place where it fails."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.feedback.errors import BodyNotJson, BodyTypeNotRead
from services.feedback.sources.parsing import is_form, parse_payload


@pytest.mark.parametrize(
    ("content_type", "form"),
    [
        ("application/x-www-form-urlencoded", True),
        ("Application/X-WWW-Form-Urlencoded; charset=utf-8", True),
        ("application/json", False),
        ("application/vnd.survey+json; charset=utf-8", False),
        ("text/plain", False),
        ("", False),
        (None, False),
    ],
)
def test_a_form_is_what_says_so(content_type: str | None, form: bool) -> None:
    assert is_form(content_type) is form


@pytest.mark.parametrize("content_type", ["multipart/form-data; boundary=x", "application/xml", "text/html"])
def test_a_type_that_nobody_reads_is_refused(content_type: str) -> None:
    with pytest.raises(BodyTypeNotRead):
        is_form(content_type)


@pytest.mark.parametrize(
    ("body", "form", "payload"),
    [
        (b'{"a": [1]}', False, {"a": [1]}),
        (b"[1, 2]", False, [1, 2]),
        (b"a=1&b=&a=2", True, {"a": ["1", "2"], "b": ""}),
        (b"a=caf%C3%A9+noir", True, {"a": "café noir"}),
        (b"\xef\xbb\xbfa=1", True, {"a": "1"}),
        (b'\xef\xbb\xbf{"a": 1}', False, {"a": 1}),
        (b"a=1&anonymous&b=2\r\n", True, {"a": "1", "anonymous": "", "b": "2"}),
        (b'{"a": "1&2=3"}', True, {"a": "1&2=3"}),
        (b' [{"a": 1}]', True, [{"a": 1}]),
        (rb'{"a": "cut \ud83d"}', False, {"a": "cut \ufffd"}),
        (
            rb'{"a\udE00": "\uDE00 \ud83d\ude00\ud83d"}',
            False,
            {"a\ufffd": "\ufffd \U0001f600\ufffd"},
        ),
        (rb'{"a": "\n\\ud83d \\\ud83d \u0000"}', False, {"a": "\n\\ud83d \\\ufffd \ufffd"}),
        (b"a%00=ended%00", True, {"a\ufffd": "ended\ufffd"}),
    ],
)
def test_json_and_forms_are_read(body: bytes, form: bool, payload: Any) -> None:
    assert parse_payload(body, form=form) == payload


@pytest.mark.parametrize(
    ("body", "form", "says"),
    [
        (b"a=%ff", True, "not an application/x-www-form-urlencoded form"),
        (b"", True, "a form without a value"),
        (b"no form at all", True, "a form without a value"),
        (b"%7B%22a%22%3A1%7D=", True, "a form without a value"),
        (b'{"a": "b=c&d"', True, "not JSON at line 1"),
        (b"&".join([b"a=1"] * 1001), True, "not an application/x-www-form-urlencoded form"),
        (b"\xff", True, "byte 0 is not UTF-8"),
        (b"{", False, "line 1, column 2"),
        (b"null", False, "a JSON object or array"),
        (b'"text"', False, "a JSON object or array"),
        (b"[NaN]", False, "not JSON"),
    ],
)
def test_what_cannot_be_read_says_where(body: bytes, form: bool, says: str) -> None:
    with pytest.raises(BodyNotJson) as refused:
        parse_payload(body, form=form)
    assert says in refused.value.errors[0].detail


@given(st.binary(max_size=200), st.booleans())
def test_any_bytes_are_read_or_refused(body: bytes, form: bool) -> None:
    try:
        assert isinstance(parse_payload(body, form=form), dict | list)
    except BodyNotJson:
        return
