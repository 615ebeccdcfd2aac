"""What every service answers in the same way."""

import json

import asyncpg
import pytest
from pydantic import TypeAdapter, ValidationError

from deploy.describing import describe_app
from shared.app import field_detail
from shared.ids import new_id
from shared.schemas import BodyRef, Line
from tests.fixtures.clients import ServiceClient, lifespan
from tests.shared.small_service import create_app, problem_in


async def test_health_is_answered(anybody):
    assert (await anybody.get("/livez")).json() == {"status": "ok"}
    assert (await anybody.get("/readyz")).json() == {"status": "ok"}
    assert (await anybody.get("/metrics")).status_code == 404


async def test_what_is_not_there_is_a_problem(anybody):
    problem_in(await anybody.get("/nothing"), 404, "not_found")
    refused = await anybody.delete("/things")
    problem_in(refused, 405, "method_not_allowed")
    assert "POST" in refused.headers["allow"]


@pytest.mark.parametrize(
    ("body", "status", "code", "pointer"),
    [
        (b"{", 400, "malformed_json", ""),
        (b'{"name": "\xff"}', 400, "malformed_json", ""),
        (b"[" * 100_000, 400, "malformed_json", ""),
        (b'{"name": 1}', 422, "invalid", "/name"),
        (b'{"name": "x", "nmae": "y"}', 422, "invalid", "/nmae"),
        (b"{}", 422, "invalid", "/name"),
        (b'"text"', 422, "invalid", ""),
        (b'{"name": "a\\u0000b"}', 422, "bad_text", "/name"),
        (b'{"name": "\\ud800"}', 422, "bad_text", "/name"),
        (b'{"a": [{"b~/c": "\\udfff"}], "name": "x"}', 422, "bad_text", "/a/0/b~0~1c"),
        (b'{"\\u0000": 1}', 422, "bad_text", ""),
    ],
)
async def test_a_bad_body_is_refused_by_field(client, body, status, code, pointer):
    answer = await client.post("/things", content=body, headers={"Content-Type": "application/json"})
    assert problem_in(answer, status, code)["errors"][0]["pointer"] == pointer


@pytest.mark.parametrize(
    ("kind", "given", "said"),
    [
        (BodyRef, "QHM", "must be one of our ids, or a code such as ods:QHM or ons:E54000050"),
        (Line, "two\nlines", "must be one line without control characters"),
        (Line, "", "String should have at least 1 character"),
    ],
)
def test_what_is_wrong_is_said_in_words_for_people(kind, given, said):
    with pytest.raises(ValidationError) as refused:
        TypeAdapter(kind).validate_python(given)
    assert field_detail(refused.value.errors()[0]) == said


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "application/xml"])
async def test_another_type_than_json_is_refused_with_what_to_send(client, kind):
    answer = await client.post("/things", content=b'{"name": "x"}', headers={"Content-Type": kind})
    assert "`application/json`" in problem_in(answer, 415, "media_type_not_read")["detail"]
    assert "retry-after" not in answer.headers


async def test_a_byte_order_mark_is_no_part_of_a_body(client):
    headers = {"Content-Type": "application/json"}
    answer = await client.post("/things", content=b'\xef\xbb\xbf{"name": "x"}', headers=headers)
    assert (answer.status_code, answer.json()["name"]) == (201, "x")


@pytest.mark.parametrize("encoding", ["gzip", "br", "identity, gzip"])
async def test_a_compressed_body_is_refused_for_good(client, encoding):
    headers = {"Content-Type": "application/json", "Content-Encoding": encoding}
    answer = await client.post("/things", content=b'{"name": "x"}', headers=headers)
    problem_in(answer, 415, "encoding_not_read")
    assert "retry-after" not in answer.headers
    plain = await client.post("/things", json={"name": "x"}, headers={"Content-Encoding": "identity"})
    assert plain.status_code == 201


async def test_without_a_key_or_a_scope_nothing_is_made(anybody):
    problem_in(await anybody.post("/things", json={"name": "x"}), 401, "key_required")
    async with anybody.as_(client_id=new_id(), scopes=["loop:read"]) as reader:
        refused = problem_in(await reader.post("/things", json={"name": "x"}), 403, "scope_missing")
    assert "loop:write" in refused["detail"]


async def test_a_service_answers_only_to_the_gateway(anybody):
    answer = await anybody.post("/things", json={"name": "x"}, headers={"Authorization": "Bearer dw_a_b"})
    problem_in(answer, 401, "unauthorised")


async def test_a_commit_that_fails_is_a_500(client, probe, owner_of_probe):
    await owner_of_probe.execute(
        """CREATE OR REPLACE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
           $$ BEGIN RAISE EXCEPTION 'no'; END $$"""
    )
    await owner_of_probe.execute(
        """CREATE CONSTRAINT TRIGGER refuse AFTER INSERT ON thing DEFERRABLE INITIALLY DEFERRED
           FOR EACH ROW EXECUTE FUNCTION refuse()"""
    )
    try:
        problem_in(await client.post("/things", json={"name": "x"}), 500, "internal_error")
    finally:
        await owner_of_probe.execute("DROP TRIGGER refuse ON thing")
    assert (await client.get("/things")).json()["items"] == []


@pytest.fixture
async def owner_of_probe(templates, worker_id, probe):
    connection = await asyncpg.connect(templates.postgres_url(f"probe_{worker_id}", "loop_owner"))
    yield connection
    await connection.close()


async def test_a_database_that_is_away_is_a_503(probe, servers):
    app = create_app(probe.model_copy(update={"database_url": "postgresql://x:y@127.0.0.1:1/x"}))
    async with lifespan(app), ServiceClient(app, "loop", servers.secrets) as client:
        problem_in(await client.get("/readyz"), 503, "unavailable")


@pytest.mark.parametrize(
    ("state", "status", "code"),
    [
        *((state, 503, "unavailable") for state in ("40P01", "55P03", "57014", "57P01", "57P03", "25006")),
        *((state, 503, "unavailable") for state in ("53100", "53200", "53300", "08006", "58030")),
        ("23505", 500, "internal_error"),
        ("42P01", 500, "internal_error"),
    ],
)
@pytest.mark.parametrize("through", ["session", "driver"])
async def test_what_will_do_later_is_told_to_try_again(anybody, state, status, code, through):
    answer = await anybody.get("/crossed", params={"state": state, "through": through})
    problem_in(answer, status, code)
    assert ("retry-after" in answer.headers) == (status == 503)


async def test_a_pool_without_a_free_connection_is_a_503(anybody):
    problem_in(await anybody.get("/crowded"), 503, "unavailable")


async def test_the_document_describes_errors_as_problems(anybody):
    document = describe_app(anybody.app)
    responses = document["paths"]["/things"]["post"]["responses"]
    expected = {"201", "400", "401", "403", "408", "410", "413", "415", "422", "500", "503", "default"}
    assert set(responses) == expected
    assert responses["403"] == {"$ref": "#/components/responses/scope_missing"}
    shared = document["components"]["responses"]["scope_missing"]
    assert shared["x-problem-codes"] == ["scope_missing"]
    assert "application/problem+json" in shared["content"]
    assert "ProblemBody" in json.dumps(responses["default"])
    assert document["paths"]["/things"]["post"]["security"] == [{"key": ["loop:write"]}]
    assert {"code": "body_too_large", "status": 413}.items() <= {
        key: value
        for each in document["x-problems"]
        if each["code"] == "body_too_large"
        for key, value in each.items()
    }.items()
