"""Routes declare the problems that they can answer."""

from typing import Annotated

import pytest
from fastapi import Request, Security

from shared import routing
from shared.auth import Anyone
from shared.change_request import EditRequest, edit_request
from shared.errors import Conflict, Invalid, NotFound
from shared.ids import new_id
from shared.paging import Paging
from shared.routing import Router
from shared.schemas import Line, Schema
from tests.fixtures.clients import ServiceClient, lifespan
from tests.shared.small_service import create_app

ALWAYS = {"bad_text", "internal_error", "invalid", "unavailable"}
Edit = Annotated[EditRequest, Security(edit_request, scopes=["loop:write"])]
EditOfOwn = Annotated[EditRequest, Security(edit_request)]


class Named(Schema):
    """A shape."""

    name: Line


@pytest.fixture
def router():
    return Router("/things", tags=["things"])


def test_a_route_is_summed_up_by_its_name_or_in_its_own_words(router):
    @router.get("")
    async def list_things_as_csv(_: Anyone) -> None: ...

    @router.get("/one", name="read_thing")
    async def thing(_: Anyone) -> None: ...

    @router.get("/two", summary="See the other")
    async def other(_: Anyone) -> None: ...

    assert [route.summary for route in router.declared_routes] == [
        "List things as CSV",
        "Read thing",
        "See the other",
    ]


def test_a_route_without_anything_answers_what_every_route_answers(router):
    @router.get("")
    async def things(_: Anyone) -> None: ...

    [route] = router.declared_routes
    assert route.codes == ALWAYS


def test_the_problems_of_dependencies_and_of_the_shape_are_added(router):
    @router.post("/{name}", problems=(NotFound, Conflict))
    async def change(name: str, new: Named, edit: Edit) -> None: ...

    [route] = router.declared_routes
    assert route.codes == ALWAYS | {
        "not_found",
        "conflict",
        "key_required",
        "scope_missing",
        "malformed_json",
        "body_too_large",
        "too_slow",
        "version_required",
        "version_stale",
        "idempotency_key_reused",
        "answer_erased",
        "encoding_not_read",
        "media_type_not_read",
    }


def test_only_a_route_with_scopes_misses_one(router):
    @router.post("")
    async def change(edit: EditOfOwn) -> None: ...

    [route] = router.declared_routes
    assert "key_required" in route.codes
    assert not {"scope_missing", "malformed_json"} & route.codes


def test_a_list_can_refuse_its_cursor(router):
    @router.get("")
    async def things(paging: Paging) -> None: ...

    [route] = router.declared_routes
    assert "bad_cursor" in route.codes


def test_each_status_lists_its_codes_in_the_shape_of_every_error(router):
    @router.get("", responses={304: {"description": "As before."}}, problems=(NotFound,))
    async def things(_: Anyone) -> None: ...

    [route] = router.declared_routes
    assert set(route.responses) == {304, 404, 422, 500, 503}
    found = route.responses[404]
    assert found["description"] == "The code is `not_found`."
    shape = {"$ref": "#/components/schemas/ProblemBody"}
    assert found["content"] == {"application/problem+json": {"schema": shape}}


async def test_a_test_fails_when_an_operation_answers_what_it_does_not_declare(probe, servers):
    app = create_app(probe)
    async with lifespan(app), ServiceClient(app, "loop", servers.secrets) as client:
        with pytest.raises(AssertionError, match="GET /undeclared answers `not_found`"):
            await client.get("/undeclared")


async def test_a_writing_route_keeps_its_answer_with_address_and_version(probe, servers):
    app = create_app(probe)
    caller = {"client_id": new_id(), "organisation_id": new_id(), "scopes": ["loop:write"]}
    async with lifespan(app), ServiceClient(app, "loop", servers.secrets, **caller) as client:
        made = await client.post("/things", json={"name": "x"})
        path, key = made.headers["Location"], {"If-Match": '"1"', "Idempotency-Key": "once"}
        first = await client.patch(path, json={"name": "y"}, headers=key)
        again = await client.patch(path, json={"name": "y"}, headers=key)
    assert (first.headers["ETag"], again.headers["ETag"]) == ('"2"', '"2"')
    assert again.headers["Idempotent-Replayed"] == "true"


@pytest.mark.parametrize(
    ("query", "pointer", "detail"),
    [
        ("limmit=1", "/query/limmit", "There is no such parameter here. Use `limit`."),
        ("limit=1&x~/y=1", "/query", "There is no such parameter here. Use `limit`, `cursor`."),
        ("NE1%204LP=1", "/query", "There is no such parameter here. Use `limit`, `cursor`."),
        ("limit=1&limit=2", "/query/limit", "Give this parameter once."),
        ("=1", "/query", "There is no such parameter here. Use `limit`, `cursor`."),
        (f"{'n' * 100}=1", "/query", "There is no such parameter here. Use `limit`, `cursor`."),
    ],
)
async def test_a_query_holds_only_what_the_route_knows(probe, servers, query, pointer, detail):
    app = create_app(probe)
    async with lifespan(app), ServiceClient(app, "loop", servers.secrets) as client:
        answer = await client.get(f"/things?{query}")
        assert (await client.get("/things?limit=1")).status_code == 200
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")
    assert answer.json()["errors"] == [{"pointer": pointer, "detail": detail}]


def test_a_query_of_thousands_of_names_is_not_compared_name_by_name(monkeypatch):
    compared = []

    def find_nothing(name, names, n):
        compared.append(name)
        return []

    monkeypatch.setattr(routing, "get_close_matches", find_nothing)
    query = "&".join(f"{number}{'n' * 100}=1" for number in range(300))
    request = Request({"type": "http", "query_string": query.encode(), "headers": []})
    with pytest.raises(Invalid) as refused:
        routing.check_query(request, {"limit": False})
    assert len(refused.value.errors) == len(compared) == 20
    assert max(map(len, compared)) == 40


async def test_where_nothing_can_be_asked_the_answer_says_so(probe, servers):
    app = create_app(probe)
    async with lifespan(app), ServiceClient(app, "loop", servers.secrets) as client:
        answer = await client.post("/things?limit=1", json={"name": "x"})
    assert answer.json()["errors"][0]["detail"] == "This address takes no parameters."
