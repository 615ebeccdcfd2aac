"""Conditional GET: tags, and which routes compare them."""

from typing import Annotated

import pytest
from fastapi import Security
from starlette.datastructures import Headers

from shared.auth import Anyone
from shared.change_request import ChangeRequest, change_request
from shared.conditional import is_known, tag_of
from shared.routing import Router


@pytest.mark.parametrize(
    ("given", "known"),
    [
        ('"3-aa"', True),
        ('W/"3-aa"', True),
        ('"x", W/"3-aa" , "y"', True),
        ("*", True),
        ('"3"', False),
        ("3-aa", False),
        ('"*"', False),
        ("", False),
        ('"x, "3-aa', False),
    ],
)
def test_tags_are_compared_weakly(given: str, known: bool) -> None:
    assert is_known(Headers({"If-None-Match": given}), '"3-aa"') is known


def test_tags_on_several_lines_are_one_list() -> None:
    lines = [(b"if-none-match", b'"x"'), (b"if-none-match", b'"y"')]
    assert is_known(Headers(raw=lines), '"y"')
    assert not is_known(Headers(raw=[]), '"y"')


def test_a_tag_tells_bodies_apart_and_keeps_the_version() -> None:
    assert tag_of(b"a", None) != tag_of(b"b", None)
    assert tag_of(b"a", '"7"').startswith('"7-')


def test_what_everybody_may_read_is_described_with_its_304() -> None:
    router = Router("/x")

    @router.get("")
    async def read(_: Anyone) -> None: ...

    @router.get("/keyed")
    async def read_with_key(change: Annotated[ChangeRequest, Security(change_request)]) -> None: ...

    @router.post("")
    async def make(_: Anyone) -> None: ...

    assert [304 in route.responses for route in router.declared_routes] == [True, False, False]
