"""The lines to try on the pages, tried on a real stack with all that the registry ships."""

import httpx2
import pytest

from deploy.local.home import CHECKOUT
from tests.fixtures.pages import Example, examples, holds, is_for_shells, is_true, sent, settings

PAGES = ["registry.md", "registry-writing.md"]


@pytest.mark.parametrize("name", PAGES)
def test_what_a_page_shows_is_what_is_answered(name, england, england_key):
    variables = settings(england.gateway_url, england_key)
    shown = list(examples(CHECKOUT / "docs" / name))
    assert shown
    with httpx2.Client(timeout=30) as client:
        for example in shown:
            answer = sent(client, example.line, variables)
            assert is_true(example, answer), f"{example.line}\n{answer.status_code} {answer.text}"


@pytest.mark.parametrize(
    ("shown", "found", "expected"),
    [
        ({"a": 1}, {"a": 1, "b": 2}, True),
        ({"a": 1}, {"b": 2}, False),
        ([1, 3], [1, 2, 3], True),
        ([3, 1], [1, 2, 3], False),
        ([], [1], False),
        (["…"], [1], True),
        ("NHS … Board", "NHS Humber Board", True),
        ("NHS … Board", "NHS Humber Trust", False),
        ({"a": "…"}, {"a": [1]}, True),
        (0.5, 0.6, False),
    ],
)
def test_a_shortened_answer_is_told_from_a_wrong_one(shown, found, expected):
    assert holds(shown, found) is expected


def test_text_is_compared_line_by_line(tmp_path):
    page = tmp_path / "page.md"
    page.write_text("```sh\ncurl x\n```\n```text\na,…\n…\nc\n```\n", encoding="utf-8")
    (found,) = examples(page)
    assert found == Example("curl x\n", "text", "a,…\n…\nc\n")


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("""curl -H "If-Match: \\"$VERSION\\"" -d '{"a": 1}'""", True),
        ("""curl -d '{"a": "$ID"}'""", False),
        ("""curl -d "{\\"a\\": \\"it's $ID\\"}" """, True),
    ],
)
def test_a_variable_stands_where_a_shell_fills_it_in(line, expected):
    assert is_for_shells(line) is expected
