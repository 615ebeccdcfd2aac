"""Loops over HTTP: drafting, reading, and who sees what."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import event, select

from services.loop.models import Loop
from shared.ids import new_id
from shared.outbox import Outbox
from tests.fixtures.clients import ServiceClient
from tests.loop.conftest import Publish
from tests.loop.examples import feedback, footprint, organisation

ACTOR = {"Doorway-Actor": "jd-17; role=engagement lead"}


def client(service: ServiceClient, organisation_id: UUID, *scopes: str) -> ServiceClient:
    """A client of an organisation."""
    made = service.as_(
        client_id=new_id(),
        organisation_id=organisation_id,
        team="engagement",
        scopes=scopes or ("loop:write",),
    )
    made.headers.update(ACTOR)
    return made


def draft(body: UUID, **fields: Any) -> dict[str, Any]:
    """The body of a request for a draft."""
    return {"title": "Doors", "you_said": "The door is too heavy.", "organisation": str(body)} | fields


@contextmanager
def statements(service: ServiceClient) -> Iterator[list[str]]:
    """Collect the statements that the service executes."""
    executed: list[str] = []

    def note(*arguments: Any) -> None:
        executed.append(arguments[2])

    engine = service.state.engine.sync_engine
    event.listen(engine, "before_cursor_execute", note)
    yield executed
    event.remove(engine, "before_cursor_execute", note)


async def test_a_body_drafts_a_loop_from_its_feedback(service: ServiceClient, publish: Publish) -> None:
    trust = organisation(footprint_id=new_id())
    said = feedback(trust.organisation_id)
    await publish(trust, said)
    body = client(service, trust.organisation_id)
    made = await body.post(
        "/v1/loops", json=draft(trust.organisation_id, feedback_ids=[str(said.feedback_id)])
    )
    loop = made.json()
    assert (made.status_code, loop["state"], loop["version"]) == (201, "draft", 1)
    assert (made.headers["Location"], made.headers["ETag"]) == (f"/v1/loops/{loop['id']}", '"1"')
    assert loop["feedback_ids"] == [str(said.feedback_id)]
    assert loop["footprint_id"] == str(trust.footprint_id)
    read = await body.get(made.headers["Location"])
    assert (read.json(), read.headers["ETag"][:3]) == (loop, '"1-')


async def test_the_row_the_event_and_who_acted_are_saved_together(
    service: ServiceClient, publish: Publish
) -> None:
    board = footprint()
    await publish(board)
    made = await client(service, board.footprint_id).post("/v1/loops", json=draft(board.footprint_id))
    async with service.state.sessions() as session:
        loop = (await session.scalars(select(Loop).where(Loop.id == UUID(made.json()["id"])))).one()
        sent = (await session.scalars(select(Outbox).where(Outbox.aggregate_id == loop.id))).one()
    assert (loop.actor, loop.actor_role, loop.raiser_id) == ("jd-17", "engagement lead", board.footprint_id)
    assert (sent.type, sent.sequence) == ("loop.drafted.v1", 1)
    assert "too heavy" not in sent.body


async def test_a_repeat_with_the_same_key_makes_nothing_new(service: ServiceClient, publish: Publish) -> None:
    board = footprint()
    await publish(board)
    body = client(service, board.footprint_id)
    key = {"Idempotency-Key": "once"}
    first = await body.post("/v1/loops", json=draft(board.footprint_id), headers=key)
    again = await body.post("/v1/loops", json=draft(board.footprint_id), headers=key)
    other = await body.post("/v1/loops", json=draft(board.footprint_id, title="Another"), headers=key)
    assert (again.status_code, again.json()) == (201, first.json())
    assert (again.headers["Idempotent-Replayed"], again.headers["Location"]) == (
        "true",
        first.headers["Location"],
    )
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")


async def test_a_loop_without_a_person_acting_is_refused(service: ServiceClient) -> None:
    body = client(service, new_id())
    del body.headers["Doorway-Actor"]
    refused = await body.post("/v1/loops", json=draft(new_id()))
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["pointer"] == "/headers/Doorway-Actor"


async def test_a_loop_needs_a_key_and_a_scope(service: ServiceClient) -> None:
    nobody = await service.post("/v1/loops", json=draft(new_id()), headers=ACTOR)
    assert (nobody.status_code, nobody.json()["code"]) == (401, "key_required")
    reader = await client(service, new_id(), "loop:read").post("/v1/loops", json=draft(new_id()))
    assert (reader.status_code, reader.json()["code"]) == (403, "scope_missing")
    assert "loop:raise" in reader.json()["detail"]


async def test_a_loop_for_another_body_needs_the_right_to_raise(
    service: ServiceClient, publish: Publish
) -> None:
    board, partner = footprint(), new_id()
    await publish(board)
    refused = await client(service, partner, "loop:write").post("/v1/loops", json=draft(board.footprint_id))
    assert (refused.status_code, refused.json()["code"]) == (403, "scope_missing")
    raiser = client(service, partner, "loop:raise")
    raised = await raiser.post("/v1/loops", json=draft(board.footprint_id, raised_by="group"))
    assert (raised.status_code, raised.json()["raised_by"]) == (201, "group")
    assert (await raiser.get(raised.headers["Location"])).status_code == 200


async def test_a_complaint_cannot_be_part_of_a_loop(service: ServiceClient, publish: Publish) -> None:
    board = footprint()
    story, complaint = feedback(board.footprint_id), feedback(board.footprint_id, kind="complaint")
    await publish(board, story, complaint)
    ids = [str(story.feedback_id), str(complaint.feedback_id)]
    refused = await client(service, board.footprint_id).post(
        "/v1/loops", json=draft(board.footprint_id, feedback_ids=ids)
    )
    assert (refused.status_code, refused.json()["code"]) == (422, "complaint_in_loop")
    assert [error["pointer"] for error in refused.json()["errors"]] == ["/feedback_ids/1"]


@pytest.mark.parametrize("state", ["withdrawn", "erased"])
async def test_what_was_taken_back_cannot_be_part_of_a_loop(
    service: ServiceClient, publish: Publish, state: str
) -> None:
    board = footprint()
    said = feedback(board.footprint_id, state=state)
    await publish(board, said)
    refused = await client(service, board.footprint_id).post(
        "/v1/loops", json=draft(board.footprint_id, feedback_ids=[str(said.feedback_id)])
    )
    assert (refused.status_code, refused.json()["code"]) == (422, "feedback_gone")


async def test_anothers_feedback_is_as_unknown_as_none(service: ServiceClient, publish: Publish) -> None:
    board, theirs = footprint(), feedback(new_id())
    await publish(board, theirs)
    body = client(service, board.footprint_id)
    answers = await asyncio.gather(
        *(
            body.post("/v1/loops", json=draft(board.footprint_id, feedback_ids=[str(named)]))
            for named in (theirs.feedback_id, new_id())
        )
    )
    for answer in answers:
        assert (answer.status_code, answer.json()["code"]) == (409, "not_here_yet")
        assert answer.headers["Retry-After"] == "1"
        assert answer.json()["errors"][0]["pointer"] == "/feedback_ids/0"
    assert answers[0].json()["detail"] == answers[1].json()["detail"]


async def test_feedback_that_cannot_be_on_its_way_is_refused_at_once(
    service: ServiceClient, publish: Publish, monkeypatch: pytest.MonkeyPatch
) -> None:
    board = footprint()
    said = feedback(board.footprint_id)
    await publish(board, said)
    monkeypatch.setattr("services.loop.loops.domain.wait_for", None)
    old = "01890000-0000-7000-8000-000000000000"
    linked = [str(said.feedback_id), old, str(new_id())]
    answer = await client(service, board.footprint_id).post(
        "/v1/loops", json=draft(board.footprint_id, feedback_ids=linked)
    )
    assert (answer.status_code, answer.json()["code"]) == (422, "id_unknown")
    assert [each["pointer"] for each in answer.json()["errors"]] == ["/feedback_ids/1"]


async def test_feedback_that_is_on_its_way_is_awaited(service: ServiceClient, publish: Publish) -> None:
    board = footprint()
    said = feedback(board.footprint_id)
    await publish(board)
    asked = asyncio.create_task(
        client(service, board.footprint_id).post(
            "/v1/loops", json=draft(board.footprint_id, feedback_ids=[str(said.feedback_id)])
        )
    )
    done, _ = await asyncio.wait({asked}, timeout=0.2)
    assert not done
    await publish(said)
    assert (await asked).status_code == 201


async def test_a_footprint_that_is_not_a_body_has_no_organisation(
    service: ServiceClient, publish: Publish
) -> None:
    place = footprint(is_organisation=False)
    await publish(place)
    fields = {"title": "Doors", "you_said": "Heavy.", "footprint": str(place.footprint_id)}
    made = await client(service, new_id(), "loop:raise").post("/v1/loops", json=fields)
    assert (made.json()["footprint_id"], made.json()["organisation_id"]) == (str(place.footprint_id), None)


async def test_a_loop_about_nothing_and_nobody_is_refused(service: ServiceClient) -> None:
    refused = await client(service, new_id()).post("/v1/loops", json={"title": "Doors", "you_said": "Heavy."})
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/organisation")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("title", ""),
        ("title", "two\nlines"),
        ("you_said", "x" * 10_001),
        ("organisation", "QHM"),
        ("raised_by", "nobody"),
        ("decided", True),
        ("you_said", "\0"),
    ],
)
async def test_bad_fields_are_named(service: ServiceClient, field: str, value: object) -> None:
    refused = await client(service, new_id()).post("/v1/loops", json=draft(new_id()) | {field: value})
    assert refused.status_code == 422
    assert refused.headers["Content-Type"] == "application/problem+json"
    assert refused.json()["errors"][0]["pointer"] == f"/{field}"


async def test_the_same_feedback_twice_is_refused(service: ServiceClient) -> None:
    twice = [str(new_id())] * 2
    refused = await client(service, new_id()).post("/v1/loops", json=draft(new_id(), feedback_ids=twice))
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/feedback_ids")


async def test_a_draft_is_not_there_for_others(service: ServiceClient, publish: Publish) -> None:
    board = footprint()
    await publish(board)
    own = client(service, board.footprint_id)
    path = (await own.post("/v1/loops", json=draft(board.footprint_id))).headers["Location"]
    strangers = [
        service,
        client(service, new_id(), "loop:read", "loop:write", "loop:raise", "loop:verify"),
        client(service, board.footprint_id, "feedback:read"),
    ]
    for stranger in strangers:
        assert (await stranger.get(path)).json()["code"] == "not_found"
        listed = await stranger.get("/v1/loops", params={"state": "draft"})
        assert listed.json() == {"items": [], "next": None}
    assert len((await own.get("/v1/loops", params={"state": "draft"})).json()["items"]) == 1


async def test_a_list_is_filtered_and_paged(service: ServiceClient, publish: Publish) -> None:
    board, trust = footprint(ods="Q70"), organisation()
    await publish(board, trust)
    partner = client(service, new_id(), "loop:raise")
    for body in (board.footprint_id, trust.organisation_id, trust.organisation_id):
        await partner.post("/v1/loops", json=draft(body))
    first = await partner.get("/v1/loops", params={"organisation": str(trust.organisation_id), "limit": 1})
    assert first.headers["Link"] == f'<{first.json()["next"]}>; rel="next"'
    second = (await partner.get(first.json()["next"])).json()
    assert [len(first.json()["items"]), len(second["items"]), second["next"]] == [1, 1, None]
    assert first.json()["items"][0]["id"] > second["items"][0]["id"]
    there = (await partner.get("/v1/loops", params={"footprint": "ods:Q70", "state": "draft"})).json()
    assert [loop["organisation_id"] for loop in there["items"]] == [str(board.footprint_id)]


async def test_a_loop_for_a_body_that_merged_is_its_heirs(service: ServiceClient, publish: Publish) -> None:
    heir = footprint()
    heirs = [{"id": str(heir.footprint_id), "share": 1.0}]
    old = footprint(valid_to="2026-03-31", ods="Q71", successors=heirs, succeeded_on="2026-04-01")
    await publish(heir, old)
    made = await client(service, heir.footprint_id).post("/v1/loops", json=draft(old.footprint_id))
    assert made.json()["organisation_id"] == str(heir.footprint_id)
    found = await client(service, heir.footprint_id).get("/v1/loops", params={"footprint": "ods:Q71"})
    assert len(found.json()["items"]) == 1


async def test_a_list_costs_three_queries_at_most(service: ServiceClient, publish: Publish) -> None:
    board = footprint()
    saids = [feedback(board.footprint_id) for _ in range(3)]
    await publish(board, *saids)
    own = client(service, board.footprint_id)
    for said in saids:
        await own.post("/v1/loops", json=draft(board.footprint_id, feedback_ids=[str(said.feedback_id)]))
    with statements(service) as executed:
        await own.get("/v1/loops")
    assert len(executed) <= 3
