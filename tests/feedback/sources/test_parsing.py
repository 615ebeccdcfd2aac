"""Bodies: JSON, lines of it and forms are read; what is none is refused with the place where it fails."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.feedback.errors import BodyNotJson, BodyTypeNotRead
from services.feedback.sources.parsing import kind_of_body, parse_payload, read_body
from tests.feedback.sources.senders import multipart


@pytest.mark.parametrize(
    ("content_type", "kind"),
    [
        ("application/x-www-form-urlencoded", "form"),
        ("Application/X-WWW-Form-Urlencoded; charset=utf-8", "form"),
        ("multipart/form-data; boundary=x", "multipart"),
        ("application/x-ndjson", "lines"),
        ("application/jsonl; charset=utf-8", "lines"),
        ("application/json", "json"),
        ("application/vnd.survey+json; charset=utf-8", "json"),
        ("application/vnd.surveymonkey.response_completed.v1+json", "json"),
        ("text/plain", "json"),
        ("", "json"),
        (None, "json"),
    ],
)
def test_a_body_is_what_its_type_says(content_type: str | None, kind: str) -> None:
    assert kind_of_body(content_type) == kind


@pytest.mark.parametrize("content_type", ["multipart/mixed; boundary=x", "application/xml", "text/html"])
def test_a_type_that_nobody_reads_is_refused(content_type: str) -> None:
    with pytest.raises(BodyTypeNotRead):
        kind_of_body(content_type)


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


LINES = b'\xef\xbb\xbf{"a": 1}\r\n\n{"a": "\\ud83d"}\n'


def test_a_file_of_lines_is_kept_as_a_list_of_them() -> None:
    read = read_body(LINES, "application/x-ndjson")
    assert read.payload == [{"a": 1}, {"a": "\ufffd"}]
    assert parse_payload(read.kept, form=read.is_form) == read.payload


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"", "without a line"),
        (b'{"a": 1}\n{"a": \n', "line 2: it is not JSON at line 1"),
        (b'{"a": 1}],[{"a": 2}\n', "line 1: it is not JSON"),
        (b'{"a": NaN}\n', "line 1: it is not JSON"),
        (b'{"a": 1}\n"text"\n', "line 2: it must be a JSON object"),
        (b'{"a": 1}\n{"a": "\xff"}\n', "line 2: byte 7 is not UTF-8"),
    ],
)
def test_a_line_that_cannot_be_read_is_named(body: bytes, says: str) -> None:
    with pytest.raises(BodyNotJson) as refused:
        read_body(body, "application/x-ndjson")
    assert says in refused.value.errors[0].detail


def test_a_multipart_form_is_kept_as_its_fields_without_files() -> None:
    fields = {"rawRequest": '{"q1": "Kind."}', "tag": ["a", "b"], "caf\u00e9": "line\r\nline\0", "empty": ""}
    once, again = [multipart(fields, files={"photo": b"\x89PNG\r\n"}, boundary=each) for each in ("a", "b")]
    read = read_body(*once)
    assert read.payload == {**fields, "caf\u00e9": "line\r\nline\ufffd"}
    assert read.files_left_out == ("photo",)
    assert parse_payload(read.kept, form=read.is_form) == read.payload
    assert b"PNG" not in read.kept
    # Each try has a boundary of its own, and is the same.
    assert read_body(*again).kept == read.kept


WHOLE, OF_TYPE = multipart({"a": "b"}, boundary="x")


@pytest.mark.parametrize(
    ("body", "content_type", "says"),
    [
        (WHOLE, "multipart/form-data", "names no boundary"),
        (WHOLE, "multipart/form-data; boundary=y", "not a multipart/form-data form"),
        (WHOLE[:-6], OF_TYPE, "without its end"),
        (b"", OF_TYPE, "without its end"),
        (b"a=b", OF_TYPE, "not a multipart/form-data form"),
        (WHOLE.replace(b' name="a"', b""), OF_TYPE, "not a multipart/form-data form"),
        (WHOLE.replace(b"b\r\n", b"\xff\r\n"), OF_TYPE, "a field is not UTF-8"),
        (WHOLE.replace(b'"a"', b'"\xff"'), OF_TYPE, "the name of a field is not UTF-8"),
        (
            WHOLE.replace(b"form-data;", b"form-data;" + b"x" * 9000),
            OF_TYPE,
            "not a multipart/form-data form",
        ),
        (WHOLE.replace(b"b\r\n", b"\r\n"), OF_TYPE, "a form without a value"),
        (*multipart({f"f{n}": "1" for n in range(1001)}), "more than 1000 parts"),
        (*multipart({}, files={f"f{n}": b"1" for n in range(1001)}), "more than 1000 parts"),
        (*multipart({}, files={"photo": b"1"}), "a form without a value"),
    ],
)
def test_a_multipart_form_that_cannot_be_read_says_why(body: bytes, content_type: str, says: str) -> None:
    with pytest.raises(BodyNotJson) as refused:
        read_body(body, content_type)
    assert says in refused.value.errors[0].detail


@given(st.binary(max_size=200), st.binary(max_size=200))
def test_any_multipart_bytes_are_read_or_refused(before: bytes, after: bytes) -> None:
    for body in (before, before + WHOLE + after, WHOLE[:20] + before + WHOLE[20:] + after):
        try:
            assert isinstance(read_body(body, OF_TYPE).payload, dict)
        except BodyNotJson:
            continue
