"""What a caller prefers, by type and weight."""

import pytest
from starlette.datastructures import Headers

from shared.negotiation import preferred_form

FORMS = ("application/json", "application/atom+xml", "application/feed+json")


@pytest.mark.parametrize(
    ("accept", "form"),
    [
        ("", 0),
        ("*/*", 0),
        ("application/*", 0),
        ("application/atom+xml", 1),
        ("Application/Atom+XML; charset=utf-8", 1),
        ("application/atom+xml;q=0.5, application/json", 0),
        ("application/atom+xml;q=0.5, application/feed+json;q=0.6", 2),
        ("application/json;q=0, */*", 1),
        ("application/json;q=0.1, application/*;q=0.2", 1),
        ("text/html, application/xhtml+xml, application/xml;q=0.9, */*;q=0.8", 0),
        ("text/html", 0),
        ("x-application/atom+xml", 0),
        ("application/atom+xml;q=0", 0),
        ("application/feed+json;q=none", 2),
        ("application/feed+json;q=7, application/atom+xml;q=1", 1),
        (",;,", 0),
    ],
)
def test_the_closest_range_says_how_much_a_form_is_wanted(accept, form):
    assert preferred_form(Headers({"accept": accept}), FORMS) == FORMS[form]


def test_several_lines_are_one_list():
    lines = [(b"accept", b"text/html"), (b"accept", b"application/feed+json")]
    assert preferred_form(Headers(raw=lines), FORMS) == FORMS[2]


@pytest.mark.parametrize(
    ("encodings", "form"),
    [
        ("", "identity"),
        ("gzip, deflate, br", "gzip"),
        ("gzip;q=0", "identity"),
        ("identity;q=0.5, gzip", "gzip"),
        ("identity, gzip;q=0.5", "identity"),
        ("*", "identity"),
        ("br", "identity"),
    ],
)
def test_an_encoding_is_chosen_in_the_same_way(encodings, form):
    headers = Headers({"accept-encoding": encodings})
    assert preferred_form(headers, ("identity", "gzip"), "accept-encoding") == form
