"""Evidence: what is kept of it, who may judge it, and where a judgement leads."""

import base64
import hashlib
import json
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from services.loop.commitments.domain import contest_loop
from services.loop.core.access import lock_loop
from shared.clock import today
from shared.events.loop import LoopEvidenceAccepted
from shared.outbox import Outbox
from tests.fixtures.clients import ServiceClient
from tests.loop.conftest import Publish
from tests.loop.scenes import SCOPES, Scene, decision, person, photo, promise, refusal, scene_of

ACCEPT = {"accept": True, "reason": "The door opens by itself; we went to see it."}
REJECT = {"accept": False, "reason": "The photo shows another door."}
VERIFY = (*SCOPES, "loop:verify")


async def test_everybody_can_look_at_the_file_and_its_digest_is_in_the_history(
    service: ServiceClient, publish: Publish
) -> None:
    scene = await scene_of(service, publish)
    await scene.committed()
    file = b"the door, open"
    content = base64.b64encode(file).decode()
    evidence = await scene.shown(content=content, sha256=None, url=None)
    assert evidence["sha256"] == hashlib.sha256(file).hexdigest()
    shown = (await service.get(scene.path)).text + (await service.get(f"{scene.path}/export")).text
    assert content not in shown
    assert evidence["sha256"] in shown
    seen = await service.get(f"/v1/evidence/{evidence['id']}/file")
    assert (seen.status_code, seen.content, evidence["file_bytes"]) == (200, file, len(file))
    assert seen.headers["content-type"] == "application/octet-stream"
    assert seen.headers["content-disposition"].startswith("attachment")
    assert (seen.headers["x-content-type-options"], seen.headers["content-security-policy"]) == (
        "nosniff",
        "sandbox",
    )


async def test_what_a_person_saw_has_no_file(service: ServiceClient, publish: Publish) -> None:
    scene = await scene_of(service, publish)
    await scene.committed()
    seen = await scene.shown(kind="observation", content=None, url=None, place="The front door")
    assert (seen["place"], seen["file_bytes"]) == ("The front door", None)
    for evidence_id in (seen["id"], scene.loop["id"]):
        assert refusal(await service.get(f"/v1/evidence/{evidence_id}/file")) == (404, "not_found")


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({"content": None, "sha256": "ab" * 32}, "/content"),
        ({"content": None}, "/content"),
        ({"kind": "link", "content": None}, "/content"),
        ({"kind": "observation", "description": "It is warm now."}, "/place"),
    ],
)
async def test_what_nobody_can_look_at_is_no_evidence(
    service: ServiceClient, publish: Publish, fields: dict[str, Any], pointer: str
) -> None:
    scene = await scene_of(service, publish)
    await scene.committed()
    path = f"/v1/commitments/{scene.commitment['id']}/evidence"
    answer = await scene.send(scene.estates, path, photo(**fields))
    assert refusal(answer) == (422, "nothing_to_look_at")
    assert answer.json()["errors"][0]["pointer"] == pointer


TOMORROW = (today() + timedelta(days=1)).isoformat()
REFUSED: list[dict[str, Any]] = [
    {"sha256": "abc"},
    {"content": "no base64!"},
    {"content": base64.b64encode(b"another file").decode(), "sha256": "0" * 64},
    {"content": base64.b64encode(b"x" * (256 * 1024 + 1)).decode(), "sha256": None},
    {"kind": "link", "url": None},
    {"url": "ftp://example.org/x"},
    {"kind": "rumour"},
    {"observed_on": TOMORROW},
    {"description": ""},
]


@pytest.mark.parametrize("fields", REFUSED, ids=lambda fields: "-".join(fields))
async def test_what_cannot_be_looked_at_is_refused(
    service: ServiceClient, publish: Publish, fields: dict[str, Any]
) -> None:
    scene = await scene_of(service, publish)
    await scene.committed()
    path = f"/v1/commitments/{scene.commitment['id']}/evidence"
    answer = await scene.send(scene.estates, path, photo(**fields))
    assert refusal(answer) == (422, "invalid")
    assert answer.json()["errors"][0]["pointer"]


async def test_only_the_body_and_the_owner_give_evidence(service: ServiceClient, publish: Publish) -> None:
    scene = await scene_of(service, publish)
    await scene.committed()
    path = f"/v1/commitments/{scene.commitment['id']}/evidence"
    assert refusal(await scene.send(scene.stranger, path, photo())) == (403, "not_responsible")
    await scene.done(
        scene.lead, path, photo(kind="observation", url=None, content=None, place="The front door")
    )


async def test_nobody_with_a_part_in_it_judges(service: ServiceClient, publish: Publish) -> None:
    scene = await scene_of(service, publish)
    evidence = await scene.claimed()
    own, elsewhere = scene.board.footprint_id, scene.judge_organisation
    path = f"/v1/evidence/{evidence['id']}/verification"
    parties = [
        person(service, own, "estates", "somebody-else", *VERIFY),
        person(service, elsewhere, "quality", "estates-1", *VERIFY),
    ]
    for party in parties:
        assert refusal(await scene.send(party, path, ACCEPT)) == (403, "self_verification")
    assert refusal(await scene.send(scene.lead, path, ACCEPT)) == (403, "scope_missing")
    another_team = person(service, own, "quality", "judge-9", *VERIFY)
    assert (await scene.done(another_team, path, ACCEPT))["state"] == "telling"


ONE_PERSON = [("ESTATES", "me"), ("quality", "Estates-1"), ("engagement", "me"), ("quality", "LEAD-1")]


@pytest.mark.parametrize(("team", "actor"), ONE_PERSON)
async def test_a_body_with_two_keys_and_two_teams_does_not_judge_itself(
    service: ServiceClient, publish: Publish, team: str, actor: str
) -> None:
    scene = await scene_of(service, publish)
    evidence = await scene.claimed()
    second_key = person(service, scene.board.footprint_id, team, actor, *VERIFY)
    path = f"/v1/evidence/{evidence['id']}/verification"
    assert refusal(await scene.send(second_key, path, ACCEPT)) == (403, "self_verification")


async def test_a_third_team_of_the_body_judges_and_everybody_reads_whose_it_was(
    service: ServiceClient, publish: Publish
) -> None:
    scene = await scene_of(service, publish)
    evidence = await scene.claimed()
    third = person(service, scene.board.footprint_id, "quality", "judge-9", *VERIFY)
    await scene.done(third, f"/v1/evidence/{evidence['id']}/verification", ACCEPT)
    itself, about = "the_body_itself", {"footprint": str(scene.board.footprint_id)}
    seen = (await service.get(scene.path)).json()
    assert seen["judged_by"] == seen["commitments"][0]["evidence"][0]["verification"]["judged_by"] == itself
    [listed] = (await service.get("/v1/loops", params=about)).json()["items"]
    board = (await service.get("/v1/board", params=about)).json()
    assert listed["judged_by"] == board["items"][0]["judged_by"] == itself
    measured = (await service.get("/v1/loops/measures", params=about)).json()["judged"]
    assert measured == board["numbers"]["judged"] == {"another_organisation": 0, itself: 1}
    for feed in ("/v1/board.atom", "/v1/board.json"):
        assert "judged by the body itself" in (await service.get(feed, params=about)).text
    entries = (await service.get(f"{scene.path}/timeline")).json()["items"]
    [judged] = [each for each in entries if each["step"] == "verification"]
    assert judged["facts"]["judged_by"] == itself
    async with service.state.sessions() as session:
        mine = Outbox.aggregate_id == UUID(scene.loop["id"]), Outbox.type == LoopEvidenceAccepted.type
        body = (await session.scalars(select(Outbox.body).where(*mine))).one()
    assert json.loads(body)["data"]["judged_by"] == itself


async def test_another_organisation_judges_and_a_contest_takes_it_back(
    service: ServiceClient, publish: Publish
) -> None:
    scene = await scene_of(service, publish)
    evidence = await scene.claimed()
    await scene.done(scene.judge, f"/v1/evidence/{evidence['id']}/verification", ACCEPT)
    assert scene.loop["judged_by"] == "another_organisation"
    async with service.state.sessions.begin() as session:
        loop = await lock_loop(session, UUID(scene.loop["id"]))
        loop.state = "verdict_open"
        await contest_loop(session, loop, {})
    assert (await scene.read())["judged_by"] is None


async def test_whoever_claimed_or_gave_it_does_not_judge_it(service: ServiceClient, publish: Publish) -> None:
    scene = await scene_of(service, publish)
    await scene.committed()
    path = f"/v1/commitments/{scene.commitment['id']}"
    await scene.done(scene.estates, f"{path}/evidence", photo())
    await scene.done(scene.lead, f"{path}/change-claims", {})
    judging = f"/v1/evidence/{scene.commitment['evidence'][0]['id']}/verification"
    claimer = person(service, scene.board.footprint_id, "engagement", "other", *VERIFY)
    assert refusal(await scene.send(claimer, judging, ACCEPT)) == (403, "self_verification")


async def test_whoever_decided_that_it_was_done_does_not_judge_it(
    service: ServiceClient, publish: Publish
) -> None:
    scene = await scene_of(service, publish)
    await scene.acknowledged()
    giver = person(service, scene.board.footprint_id, "estates", "estates-1")
    await scene.done(giver, "evidence", photo(observed_on="2020-01-01"))
    await scene.done(scene.lead, "decisions", decision("already_done"))
    path = f"/v1/evidence/{scene.loop['evidence'][0]['id']}/verification"
    for team in ("estates", "engagement"):
        party = person(service, scene.board.footprint_id, team, "other", *VERIFY)
        assert refusal(await scene.send(party, path, ACCEPT)) == (403, "self_verification")
    assert (await scene.send(scene.judge, path, ACCEPT)).json()["state"] == "telling"


async def test_what_is_rejected_goes_back_to_work(service: ServiceClient, publish: Publish) -> None:
    scene = await scene_of(service, publish)
    evidence = await scene.claimed()
    path = f"/v1/evidence/{evidence['id']}/verification"
    loop = await scene.done(scene.judge, path, REJECT)
    assert (loop["state"], scene.commitment["claimed_at"]) == ("in_progress", None)
    assert scene.commitment["evidence"][0]["verification"]["reason"] == REJECT["reason"]
    assert refusal(await scene.send(scene.judge, path, ACCEPT)) == (409, "step_not_allowed")
    again = await scene.send(scene.estates, f"/v1/commitments/{scene.commitment['id']}/change-claims", {})
    assert refusal(again) == (422, "evidence_required")


async def test_while_evidence_is_left_it_is_being_checked(service: ServiceClient, publish: Publish) -> None:
    scene = await scene_of(service, publish)
    await scene.committed()
    first, second = (await scene.shown())["id"], (await scene.shown())["id"]
    minute = (await scene.shown(kind="minute"))["id"]
    await scene.done(scene.estates, f"/v1/commitments/{scene.commitment['id']}/change-claims", {})
    assert (await scene.done(scene.judge, f"/v1/evidence/{first}/verification", REJECT))["state"] == (
        "evidence_check"
    )
    twice = await scene.send(scene.judge, f"/v1/evidence/{first}/verification", ACCEPT)
    assert refusal(twice) == (409, "already_verified")
    activity = await scene.send(scene.judge, f"/v1/evidence/{minute}/verification", ACCEPT)
    assert refusal(activity) == (422, "activity_not_outcome")
    loop = await scene.done(scene.judge, f"/v1/evidence/{second}/verification", ACCEPT)
    assert (loop["state"], scene.commitment["kept_at"] is None) == ("telling", False)


async def test_what_was_done_before_and_is_not_shown_is_considered_again(
    service: ServiceClient, publish: Publish
) -> None:
    scene = await scene_of(service, publish)
    await scene.acknowledged()
    await scene.done(scene.lead, "evidence", photo(observed_on="2020-01-01"))
    await scene.done(scene.lead, "decisions", decision("already_done"))
    path = f"/v1/evidence/{scene.loop['evidence'][0]['id']}/verification"
    assert (await scene.done(scene.judge, path, REJECT))["state"] == "considering"
    assert (await scene.done(scene.lead, "decisions", decision("will_do")))["state"] == "decided"


async def test_people_are_told_when_every_promise_is_kept(service: ServiceClient, publish: Publish) -> None:
    scene = await scene_of(service, publish)
    await scene.committed()
    await scene.committed()
    for commitment, state in zip(scene.loop["commitments"], ("in_progress", "telling"), strict=True):
        path = f"/v1/commitments/{commitment['id']}"
        await scene.done(scene.estates, f"{path}/evidence", photo())
        other = await other_evidence(scene, commitment["id"])
        await scene.done(scene.estates, f"{path}/change-claims", {})
        judged = await scene.done(scene.judge, f"/v1/evidence/{other}/verification", ACCEPT)
        assert judged["state"] == state


async def other_evidence(scene: Scene, commitment_id: str) -> str:
    """The newest evidence of a commitment."""
    commitment = next(each for each in scene.loop["commitments"] if each["id"] == commitment_id)
    found: str = commitment["evidence"][-1]["id"]
    return found


async def test_evidence_of_what_nobody_claims_is_not_judged(service: ServiceClient, publish: Publish) -> None:
    scene = await scene_of(service, publish)
    await scene.committed()
    unclaimed = (await scene.shown())["id"]
    await scene.done(scene.lead, "commitments", promise(scene.board.footprint_id))
    await scene.done(scene.estates, f"/v1/commitments/{scene.commitment['id']}/acceptance")
    await scene.shown()
    await scene.done(scene.estates, f"/v1/commitments/{scene.commitment['id']}/change-claims", {})
    answer = await scene.send(scene.judge, f"/v1/evidence/{unclaimed}/verification", ACCEPT)
    assert refusal(answer) == (409, "not_claimed")


async def test_evidence_that_is_not_there_is_not_found(service: ServiceClient, publish: Publish) -> None:
    scene = await scene_of(service, publish)
    answer = await scene.send(scene.judge, f"/v1/evidence/{scene.loop['id']}/verification", ACCEPT)
    assert refusal(answer) == (404, "not_found")
