"""What a request that changes something brings, and how its answer is kept."""

import pytest

from tests.shared.small_service import problem_in

ACTOR = {"Doorway-Actor": "worker-7; role=complaints lead"}


async def test_an_answer_says_where_it_lives_and_in_which_version(client):
    made = await client.post("/things", json={"name": "a"})
    assert (made.status_code, made.headers["location"]) == (201, f"/things/{made.json()['id']}")
    assert "etag" not in made.headers
    edited = await client.patch(made.headers["location"], json={"name": "b"}, headers={"If-Match": '"1"'})
    assert (edited.status_code, edited.headers["etag"]) == (200, '"2"')
    assert "location" not in edited.headers


async def test_the_kept_answer_has_the_same_headers(client):
    once = {"Idempotency-Key": "k-1", "If-Match": '"1"'}
    made = await client.post("/things", json={"name": "a"})
    answers = [
        await client.patch(made.headers["location"], json={"name": "b"}, headers=once) for _ in range(2)
    ]
    assert [answer.headers["etag"] for answer in answers] == ['"2"', '"2"']
    assert answers[1].headers["idempotent-replayed"] == "true"


async def test_an_edit_needs_the_version_that_was_read(client):
    made = await client.post("/things", json={"name": "a"})
    problem_in(await client.patch(made.headers["location"], json={"name": "b"}), 428, "version_required")


async def test_an_attributed_request_names_the_person_acting(client):
    made = await client.post("/things", json={"name": "a"})
    path, stale = f"{made.headers['location']}/removal", {"If-Match": '"2"'}
    unnamed = problem_in(await client.post(path, headers={"If-Match": '"1"'}), 422, "invalid")
    assert unnamed["errors"][0]["pointer"] == "/headers/Doorway-Actor"
    problem_in(await client.post(path, headers=ACTOR), 428, "version_required")
    problem_in(await client.post(path, headers=ACTOR | stale), 412, "version_stale")
    removed = await client.post(path, headers=ACTOR | {"If-Match": '"1"'})
    assert removed.json() == {"by": "worker-7, complaints lead"}


@pytest.mark.parametrize("key", [False, True])
async def test_an_open_request_needs_no_key(anybody, client, key):
    answer = await (client if key else anybody).post("/suggestions", json={"name": "a"})
    assert answer.json() == {"by": "a client" if key else "anybody"}
