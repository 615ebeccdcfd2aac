"""Reading feedback: what is published, what is one's own, and what stays hidden."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from shared.events.registry import FootprintChanged, OrganisationChanged
from shared.ids import new_id
from tests.feedback.examples import (
    ACTOR,
    WORDS,
    ClientOf,
    a_footprint,
    a_trust,
    give_feedback,
    moderate_feedback,
    something_said,
    tell,
)
from tests.feedback.statements import counted_statements
from tests.fixtures.clients import ServiceClient

PERSONAL = "I am Mr Ada Smith, 943 476 5919"
MASKED = "I am Mr [name], [NHS number]"


async def ids(client: ServiceClient, **query: Any) -> list[str]:
    """The ids on the first page of a list."""
    answer = await client.get("/v1/feedback", params=query)
    assert answer.status_code == 200, answer.text
    return [item["id"] for item in answer.json()["items"]]


async def test_unpublished_feedback_is_seen_by_its_body_and_its_sender_alone(
    service: ServiceClient, partner: ServiceClient, trust: ServiceClient, client_of: ClientOf, trust_id: UUID
) -> None:
    told = await give_feedback(partner, trust_id)
    path = f"/v1/feedback/{told['id']}"
    for client, status in ((partner, 200), (trust, 200), (client_of(new_id()), 404), (service, 404)):
        assert (await client.get(path)).status_code == status
        assert (told["id"] in await ids(client, organisation=str(trust_id))) is (status == 200)
    # Without the scope its body sees only what is public; who sent it may always read it back.
    assert (await client_of(trust_id, "loop:read").get(path)).status_code == 404


async def test_what_was_said_stays_with_the_body_that_closed_and_new_goes_to_its_heir(
    service: ServiceClient, partner: ServiceClient
) -> None:
    heir, trust = a_trust(), a_trust()
    await tell(service, heir, trust)
    before = await give_feedback(partner, trust.organisation_id)
    closed = {"valid_to": date(2026, 3, 31), "successors": [{"id": heir.organisation_id, "share": None}]}
    await tell(service, OrganisationChanged(**trust.model_dump() | closed), sequence=2)
    answer = await partner.post("/v1/feedback", json=something_said(f"ods:{trust.ods}"))
    since = answer.json()
    assert (before["organisation_ids"], since["organisation_ids"]) == (
        [str(trust.organisation_id)],
        [str(heir.organisation_id)],
    )
    read = (await partner.get(f"/v1/feedback/{before['id']}")).json()
    assert read["organisation_ids"] == [str(trust.organisation_id)]
    both = [since["id"], before["id"]]
    assert await ids(partner, organisation=f"ods:{trust.ods}") == both
    assert await ids(partner, organisation=f"ods:{heir.ods}") == [since["id"]]


async def test_what_was_said_about_a_board_that_closed_stays_listed(
    service: ServiceClient, partner: ServiceClient
) -> None:
    heir, board = a_footprint(), a_footprint()
    await tell(service, heir, board)
    told = await give_feedback(partner, board.footprint_id, footprint=str(board.footprint_id))
    closed = {"valid_to": date(2026, 3, 31), "successors": [{"id": heir.footprint_id, "share": 1}]}
    await tell(service, FootprintChanged(**board.model_dump() | closed), sequence=2)
    for name in ("footprint", "organisation"):
        assert await ids(partner, **{name: f"ods:{board.ods}"}) == [told["id"]]
        assert await ids(partner, **{name: f"ods:{heir.ods}"}) == []


async def test_a_footprint_is_a_body_as_well(
    service: ServiceClient, partner: ServiceClient, client_of: ClientOf
) -> None:
    board = a_footprint()
    await tell(service, board)
    answer = await partner.post(
        "/v1/feedback", json={"kind": "story", "text": WORDS, "footprint": f"ods:{board.ods}"}
    )
    told = answer.json()
    assert told["footprint_id"] == str(board.footprint_id)
    assert await ids(client_of(board.footprint_id), footprint=str(board.footprint_id)) == [told["id"]]
    assert await ids(client_of(new_id()), footprint=str(board.footprint_id)) == []


async def test_what_is_published_is_seen_by_all_and_tells_the_public_no_more(
    service: ServiceClient, trust: ServiceClient, partner: ServiceClient, trust_id: UUID
) -> None:
    told = await give_feedback(
        partner, trust_id, text=PERSONAL, external_id="own id", touchpoints=["Mr Jones"]
    )
    await moderate_feedback(trust, told)
    public, inside = [(await client.get(f"/v1/feedback/{told['id']}")).json() for client in (service, trust)]
    assert (public["text"], inside["text"]) == (MASKED, MASKED)
    assert public["touchpoints"] == ["Mr [name]"]
    assert (public["external_id"], public["permissions"], public["urgent"]) == (None, None, None)
    assert (inside["external_id"], inside["permissions"]["publish"]) == ("own id", "yes")


async def test_the_etag_begins_with_the_version(trust: ServiceClient, trust_id: UUID) -> None:
    told = await give_feedback(trust, trust_id)
    assert (await trust.get(f"/v1/feedback/{told['id']}")).headers["etag"].startswith('"1-')


async def test_a_list_is_filtered(trust: ServiceClient, trust_id: UUID) -> None:
    before = datetime.now(UTC)
    story = await give_feedback(
        trust, trust_id, kind="story", themes=[{"code": "parking", "polarity": "negative"}]
    )
    comment = await give_feedback(trust, trust_id)
    await moderate_feedback(trust, comment)
    about = {"organisation": str(trust_id)}
    assert await ids(trust, **about) == [comment["id"], story["id"]]
    assert await ids(trust, **about, kind="story") == [story["id"]]
    assert await ids(trust, **about, theme="parking") == [story["id"]]
    assert await ids(trust, **about, state="published") == [comment["id"]]
    assert len(await ids(trust, **about, since=before.isoformat())) == 2
    assert await ids(trust, **about, since=(before + timedelta(hours=1)).isoformat()) == []


async def test_a_list_is_paged(trust: ServiceClient, trust_id: UUID) -> None:
    told = [(await give_feedback(trust, trust_id))["id"] for _ in range(3)]
    path, seen = f"/v1/feedback?organisation={trust_id}&limit=2", []
    while path:
        answer = await trust.get(path)
        seen += [item["id"] for item in answer.json()["items"]]
        path = answer.json()["next"]
    assert seen == told[::-1]


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ("footprint=nowhere", "/query/footprint"),
        ("kind=rumour", "/query/kind"),
        ("since=yesterday", "/query/since"),
        ("since=2025-01-01T00:00:00", "/query/since"),
        ("cursor=x", "/query/cursor"),
        ("limit=0", "/query/limit"),
    ],
)
async def test_a_query_that_is_wrong_is_named(service: ServiceClient, query: str, pointer: str) -> None:
    answer = await service.get(f"/v1/feedback?{query}")
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, pointer)


async def test_a_body_that_nobody_knows_may_still_be_on_its_way(
    service: ServiceClient, partner: ServiceClient
) -> None:
    answers = [
        await service.get(f"/v1/feedback?organisation={new_id()}"),
        await partner.post("/v1/feedback", json=something_said(new_id())),
    ]
    assert {(answer.status_code, answer.json()["code"]) for answer in answers} == {(409, "not_here_yet")}
    assert answers[1].headers["retry-after"] == "1"


async def test_giving_needs_a_key_and_its_scope(
    service: ServiceClient, client_of: ClientOf, trust_id: UUID
) -> None:
    body = something_said(trust_id)
    nobody = await service.post("/v1/feedback", json=body)
    reader = await client_of(trust_id, "feedback:read").post("/v1/feedback", json=body)
    assert (nobody.status_code, nobody.json()["code"]) == (401, "key_required")
    assert (reader.status_code, reader.json()["code"]) == (403, "scope_missing")


async def test_an_id_that_is_none_is_named(service: ServiceClient) -> None:
    answer = await service.get("/v1/feedback/none")
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/path/feedback_id")


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"{", "malformed_json"),
        (b"\xff\xfe", "malformed_json"),
        (b"[]", "invalid"),
        (b'{"kind": "comment", "text": "a\\u0000b", "organisations": ["ods:RX6"]}', "bad_text"),
        (b'{"kind": "comment", "text": "\\ud800", "organisations": ["ods:RX6"]}', "bad_text"),
        (b"[" * 100_000, "malformed_json"),
    ],
)
async def test_a_body_that_cannot_be_read_is_refused(
    partner: ServiceClient, content: bytes, code: str
) -> None:
    answer = await partner.post("/v1/feedback", content=content, headers={"Content-Type": "application/json"})
    assert 400 <= answer.status_code < 500
    assert (answer.headers["content-type"], answer.json()["code"]) == ("application/problem+json", code)


async def test_a_revision_is_kept_and_has_to_be_moderated_again(
    service: ServiceClient, trust: ServiceClient, client_of: ClientOf, trust_id: UUID
) -> None:
    first = await give_feedback(trust, trust_id, external_id="r1", text=PERSONAL)
    await moderate_feedback(trust, first)
    second = await give_feedback(trust, trust_id, external_id="r1", text="It got better.", urgent=True)
    assert (second["id"], second["revision"], second["state"]) == (first["id"], 2, "received")
    assert (second["outcome"], second["reply_code"]) == ("revision", None)
    path = f"/v1/feedback/{first['id']}"
    assert (await service.get(path)).status_code == 404
    kept = (await trust.get(f"{path}/revisions")).json()["items"]
    assert [(each["number"], each["content"]["text"]) for each in kept] == [(1, MASKED)]
    assert (await client_of(new_id()).get(f"{path}/revisions")).status_code == 404
    await moderate_feedback(trust, second)
    assert (await service.get(f"{path}/revisions")).status_code == 404


async def test_what_stood_there_before_publication_needs_the_scope_to_read(
    trust: ServiceClient, partner: ServiceClient, client_of: ClientOf, trust_id: UUID
) -> None:
    first = await give_feedback(partner, trust_id, external_id="r2", text="What nobody published.")
    await give_feedback(partner, trust_id, external_id="r2", text="It got better.")
    await moderate_feedback(trust, first | {"version": 2})
    path = f"/v1/feedback/{first['id']}"
    bare = client_of(trust_id, "webhooks:manage", "feedback:identify")
    assert (await bare.get(path)).status_code == 200
    assert (await bare.get(f"{path}/revisions")).status_code == 404
    assert (await bare.get(f"{path}/original", headers=ACTOR)).status_code == 404


async def test_what_was_withdrawn_is_not_brought_back_by_a_revision(
    trust: ServiceClient, trust_id: UUID
) -> None:
    told = await give_feedback(trust, trust_id, external_id="w1")
    await trust.post("/v1/replies/withdraw", json={"reply_code": told["reply_code"]})
    again = await give_feedback(trust, trust_id, external_id="w1", text="Other words.")
    assert (again["state"], again["revision"]) == ("withdrawn", 1)


async def test_the_words_without_masks_are_read_under_audit(
    trust: ServiceClient, client_of: ClientOf, trust_id: UUID, feedback_db: str
) -> None:
    told = await give_feedback(trust, trust_id, text=PERSONAL)
    path = f"/v1/feedback/{told['id']}/original"
    identifier = client_of(trust_id, "feedback:read", "feedback:identify")
    refused = await trust.get(path)
    foreign = await client_of(new_id(), "feedback:read", "feedback:identify").get(path, headers=ACTOR)
    unnamed = await identifier.get(path)
    shown = await identifier.get(path, headers=ACTOR)
    assert (unnamed.status_code, unnamed.json()["errors"][0]["pointer"]) == (422, "/headers/Doorway-Actor")
    assert (refused.status_code, refused.json()["code"]) == (403, "scope_missing")
    assert foreign.status_code == 404
    assert shown.json()["text"] == PERSONAL
    connection = await asyncpg.connect(feedback_db)
    audit = await connection.fetch(
        "SELECT actor, organisation_id FROM identification WHERE feedback_id = $1", UUID(told["id"])
    )
    await connection.close()
    assert [tuple(row) for row in audit] == [("jd-17", trust_id)]


async def test_who_said_it_cannot_be_read_by_the_service(
    trust: ServiceClient, trust_id: UUID, feedback_db: str
) -> None:
    await give_feedback(
        trust, trust_id, contributor={"channel": "sms", "address": "07700 900123"}, demographics={"sex": "x"}
    )
    connection = await asyncpg.connect(feedback_db)
    try:
        for column, table in (
            ("sealed", "contributors.contributor"),
            ("answers", "demographics.demographics"),
        ):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.fetch(f"SELECT {column} FROM {table}")  # noqa: S608 -- both are named above
    finally:
        await connection.close()


async def test_several_bodies_may_be_concerned(
    service: ServiceClient, partner: ServiceClient, client_of: ClientOf, trust_id: UUID
) -> None:
    other = a_trust()
    await tell(service, other)
    told = await give_feedback(partner, trust_id, organisations=[f"ods:{other.ods}", str(trust_id)])
    assert told["organisation_ids"] == [str(other.organisation_id), str(trust_id)]
    assert await ids(client_of(other.organisation_id), state="received") == [told["id"]]


async def test_listing_costs_one_query(
    trust: ServiceClient, trust_id: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(3):
        await give_feedback(trust, trust_id)
    with counted_statements(trust, monkeypatch) as executed:
        await trust.get("/v1/feedback")
    assert len(executed) == 1
