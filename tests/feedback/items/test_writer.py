"""The counter: one statement is the transaction, and a repeat takes effect once."""

import asyncio
from collections.abc import AsyncIterator, Callable
from uuid import UUID

import asyncpg
import pytest

from services.feedback.items.schemas import COMPLAINT_NOTICE, NOTICE, REPLY_CODE_NOTICE
from services.feedback.settings import Settings
from shared.idempotency import IdempotencyKey
from shared.ids import new_id
from tests.feedback.examples import SCOPES, WORDS, give_feedback, something_said
from tests.fixtures.clients import ServiceClient


@pytest.fixture
async def owner(owner_url: Callable[[str], str]) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
    """A connection of the database's owner."""
    connection = await asyncpg.connect(owner_url("feedback"))
    yield connection
    await connection.close()


async def events_of(owner: "asyncpg.Connection[asyncpg.Record]", feedback_id: str) -> list[str]:
    """The types of the events that are saved of a piece of feedback, in their order."""
    rows = await owner.fetch(
        "SELECT type FROM outbox WHERE aggregate_id = $1 ORDER BY position", UUID(feedback_id)
    )
    return [row["type"] for row in rows]


async def test_the_giver_is_told_everything_but_their_own_words(
    partner: ServiceClient, trust_id: UUID
) -> None:
    answer = await partner.post("/v1/feedback", json=something_said(trust_id))
    told = answer.json()
    assert answer.status_code == 201
    assert answer.headers["location"] == f"/v1/feedback/{told['id']}"
    assert answer.headers["etag"] == '"1"'
    assert (told["state"], told["version"], told["notice"]) == ("received", 1, NOTICE)
    assert told["organisation_ids"] == [str(trust_id)]
    assert told["received_at"].endswith("Z")
    assert told["complaint_notice"] is None
    assert WORDS not in answer.text


async def test_the_row_and_its_event_are_saved_together(
    partner: ServiceClient, trust_id: UUID, owner: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    told = await give_feedback(partner, trust_id)
    assert await events_of(owner, told["id"]) == ["feedback.received.v1"]
    body = await owner.fetchval("SELECT body FROM outbox WHERE aggregate_id = $1", UUID(told["id"]))
    assert WORDS not in body
    assert str(trust_id) in body


async def test_what_is_urgent_is_told_as_such_by_id(
    partner: ServiceClient, trust_id: UUID, owner: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    told = await give_feedback(partner, trust_id, urgent=True)
    assert told["version"] == 2
    assert await events_of(owner, told["id"]) == ["feedback.received.v1", "feedback.urgent.v1"]


async def test_a_complaint_is_told_that_it_is_not_a_formal_one_yet(
    partner: ServiceClient, trust_id: UUID
) -> None:
    assert (await give_feedback(partner, trust_id, kind="complaint"))["complaint_notice"] == COMPLAINT_NOTICE


async def test_a_commit_that_fails_is_a_500_and_nothing_is_stored(
    partner: ServiceClient, trust_id: UUID, owner: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    await owner.execute(
        "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN RAISE EXCEPTION 'the disk is full'; END $$"
    )
    await owner.execute(
        "CREATE CONSTRAINT TRIGGER refuses AFTER INSERT ON feedback DEFERRABLE INITIALLY DEFERRED"
        " FOR EACH ROW EXECUTE FUNCTION refuse()"
    )
    try:
        answers = [
            await partner.post("/v1/feedback", json=something_said(trust_id)),
            await partner.post(
                "/v1/feedback", json=something_said(trust_id), headers={"Idempotency-Key": "k1"}
            ),
        ]
    finally:
        await owner.execute("DROP TRIGGER refuses ON feedback; DROP FUNCTION refuse()")
    assert [answer.status_code for answer in answers] == [500, 500]
    assert answers[0].json()["code"] == "internal_error"
    kept = "SELECT count(*) FROM feedback WHERE organisation_ids @> ARRAY[$1::uuid]"
    assert await owner.fetchval(kept, trust_id) == 0
    assert await owner.fetchval("SELECT count(*) FROM outbox WHERE body LIKE $1", f"%{trust_id}%") == 0


async def test_the_same_key_and_body_get_the_same_answer(
    partner: ServiceClient, trust_id: UUID, owner: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    headers, body = {"Idempotency-Key": "survey 17"}, something_said(trust_id)
    first = await partner.post("/v1/feedback", json=body, headers=headers)
    again = await partner.post("/v1/feedback", json=body, headers=headers)
    assert (again.status_code, again.json()) == (201, first.json())
    assert again.headers["idempotent-replayed"] == "true"
    assert again.headers["location"] == first.headers["location"]
    assert len(await events_of(owner, first.json()["id"])) == 1
    kept = await owner.fetchval("SELECT string_agg(answer, '') FROM idempotency")
    assert first.json()["reply_code"].encode() not in kept


async def test_a_key_for_another_body_is_refused(partner: ServiceClient, trust_id: UUID) -> None:
    headers = {"Idempotency-Key": "survey 18"}
    await partner.post("/v1/feedback", json=something_said(trust_id), headers=headers)
    other = await partner.post("/v1/feedback", json=something_said(trust_id, text="No."), headers=headers)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")


async def test_the_same_external_id_changes_nothing(
    partner: ServiceClient, trust_id: UUID, owner: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    first = await give_feedback(partner, trust_id, external_id="a1")
    again = await give_feedback(partner, trust_id, external_id="a1")
    unshown = {"reply_code": None, "reply_code_notice": REPLY_CODE_NOTICE}
    assert again == first | {"outcome": "repeat"} | unshown
    assert await events_of(owner, first["id"]) == ["feedback.received.v1"]


async def test_a_code_is_shown_again_only_under_the_key_of_the_first_request(
    partner: ServiceClient, trust_id: UUID
) -> None:
    body, key = something_said(trust_id, external_id="a2"), {"Idempotency-Key": "survey 20"}
    first = (await partner.post("/v1/feedback", json=body, headers=key)).json()
    assert first["reply_code"]
    assert first["reply_code_notice"] is None
    for headers, code in ((key, first["reply_code"]), ({"Idempotency-Key": "survey 21"}, None), ({}, None)):
        answer = await partner.post("/v1/feedback", json=body, headers=headers)
        assert (answer.json()["id"], answer.json()["reply_code"]) == (first["id"], code)


async def test_the_last_words_under_an_external_id_stand(partner: ServiceClient, trust_id: UUID) -> None:
    told = [
        await give_feedback(partner, trust_id, external_id="a0", text=words) for words in ("A.", "B.", "A.")
    ]
    assert [each["outcome"] for each in told] == ["new", "revision", "revision"]
    shown = (await partner.get(f"/v1/feedback/{told[0]['id']}")).json()
    assert (shown["text"], shown["revision"]) == ("A.", 3)


async def test_many_at_once_with_one_external_id_are_one(partner: ServiceClient, trust_id: UUID) -> None:
    told = await asyncio.gather(*(give_feedback(partner, trust_id, external_id="a2") for _ in range(8)))
    assert len({each["id"] for each in told}) == 1


async def test_one_that_meets_another_at_the_same_moment_is_told_to_try_again(
    partner: ServiceClient, trust_id: UUID, owner: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    # A row that the unique index knows and the query does not see stands for one stored in between.
    first = await give_feedback(partner, trust_id, external_id="a5")
    hide = f"CREATE POLICY hide ON feedback USING (id <> '{first['id']}') WITH CHECK (true)"
    await owner.execute(f"ALTER TABLE feedback ENABLE ROW LEVEL SECURITY; {hide}")
    try:
        answer = await partner.post("/v1/feedback", json=something_said(trust_id, external_id="a5"))
    finally:
        await owner.execute("DROP POLICY hide ON feedback; ALTER TABLE feedback DISABLE ROW LEVEL SECURITY")
    assert (answer.status_code, answer.json()["code"]) == (409, "sent_twice_at_once")


async def test_two_clients_may_use_the_same_external_id(
    partner: ServiceClient, trust: ServiceClient, trust_id: UUID
) -> None:
    first, second = [await give_feedback(client, trust_id, external_id="a3") for client in (partner, trust)]
    assert first["id"] != second["id"]


async def test_without_an_external_id_equal_words_are_two(partner: ServiceClient, trust_id: UUID) -> None:
    assert (await give_feedback(partner, trust_id))["id"] != (await give_feedback(partner, trust_id))["id"]


async def test_a_key_and_an_external_id_that_came_before_go_together(
    partner: ServiceClient, trust_id: UUID
) -> None:
    first = await give_feedback(partner, trust_id, external_id="a4")
    body = something_said(trust_id, external_id="a4")
    for _ in range(2):
        answer = await partner.post("/v1/feedback", json=body, headers={"Idempotency-Key": "survey 19"})
        assert (answer.status_code, answer.json()["id"]) == (201, first["id"])
    assert answer.headers["idempotent-replayed"] == "true"


async def test_many_at_once_under_one_key_are_one(
    partner: ServiceClient, trust_id: UUID, owner: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    body, headers = something_said(trust_id), {"Idempotency-Key": "survey 22"}
    posts = [partner.post("/v1/feedback", json=body, headers=headers) for _ in range(6)]
    posts += [partner.post("/v1/feedback", json=body) for _ in range(6)]
    answers = await asyncio.gather(*posts)
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["id"] for answer in answers[:6]}) == 1
    assert len({answer.json()["id"] for answer in answers}) == 7
    kept = "SELECT count(*) FROM feedback WHERE organisation_ids @> ARRAY[$1::uuid]"
    assert await owner.fetchval(kept, trust_id) == 7


async def test_events_of_each_stand_in_their_order_whoever_is_stored_with_them(
    partner: ServiceClient, trust_id: UUID, owner: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    told = await asyncio.gather(
        *(give_feedback(partner, trust_id, urgent=number % 2 == 0) for number in range(12))
    )
    for each in told:
        urgent = ["feedback.urgent.v1"] if each["urgent"] else []
        assert await events_of(owner, each["id"]) == ["feedback.received.v1", *urgent]


async def test_who_waits_for_another_with_the_same_key_keeps_nobody_waiting(
    service: ServiceClient, trust_id: UUID, owner: "asyncpg.Connection[asyncpg.Record]", settings: Settings
) -> None:
    client = service.as_(client_id=(client_id := new_id()), organisation_id=new_id(), scopes=SCOPES)
    key = IdempotencyKey(settings.seal_key, client_id, "survey 23", b"")
    held = owner.transaction()
    await held.start()
    await owner.execute(
        "INSERT INTO idempotency (client_id, key_hash, request_hash) VALUES ($1, $2, '')",
        client_id,
        key.key_hash,
    )
    # All have a key, so that they are of one shape.
    waits, *others = [
        asyncio.create_task(
            client.post(
                "/v1/feedback", json=something_said(trust_id), headers={"Idempotency-Key": f"survey {number}"}
            )
        )
        for number in range(23, 31)
    ]
    async with asyncio.timeout(20):
        answers = await asyncio.gather(*others)
    assert {answer.status_code for answer in answers} == {201}
    assert not waits.done()
    await held.rollback()
    assert (await waits).status_code == 201
