"""Promises: who makes, accepts, revises and claims them, and what is refused."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from services.loop.commitments.domain import contest_loop, slip_overdue
from services.loop.core.access import lock_loop
from shared.clock import clock, today
from tests.fixtures.clients import ServiceClient
from tests.loop.conftest import Publish
from tests.loop.scenes import Scene, photo, promise, refusal, scene_of

REASON = "The maker of the door delivers six weeks later than it had agreed with us."
PEOPLE = "People will notice that "
TEAM = {"organisation": "ods:ABC", "role": "head of estates"}
REFUSED: list[tuple[dict[str, Any], str, str]] = [
    ({"people_will_notice": None}, "outcome_required", "what people will notice"),
    ({"people_will_notice": "A door."}, "outcome_required", "what people will notice"),
    ({"people_will_notice": "Hold a meeting about the door."}, "activity_not_outcome", "“Hold a meeting”"),
    ({"people_will_notice": f"{PEOPLE}we set up a working group."}, "activity_not_outcome", "“set up a"),
    ({"due_on": "2020-01-01"}, "invalid", "after today"),
    ({"owner": None}, "invalid", ""),
    ({"owner": TEAM | {"team": "Mr Smith, 07700 900123"}}, "invalid", "personal data (phone number)"),
    ({"owner": TEAM | {"team": "jo.bloggs@example.org"}}, "invalid", "personal data (e-mail address)"),
    ({"measure": None}, "invalid", ""),
]


@pytest.mark.parametrize(("fields", "code", "quote"), REFUSED)
async def test_what_a_promise_lacks_is_named_and_quoted(
    service: ServiceClient, publish: Publish, fields: dict[str, Any], code: str, quote: str
) -> None:
    scene = await scene_of(service, publish)
    await scene.decided()
    answer = await scene.send(scene.lead, "commitments", promise(scene.board.footprint_id, **fields))
    assert refusal(answer) == (422, code)
    assert quote in answer.json()["detail"]


async def test_an_activity_passes_with_a_public_because(service: ServiceClient, publish: Publish) -> None:
    scene = await scene_of(service, publish)
    await scene.decided("will_explore")
    fields = {
        "people_will_notice": "Hold a meeting about the door.",
        "because": "You asked for this meeting.",
    }
    await scene.done(scene.lead, "commitments", promise(scene.board.footprint_id, **fields))
    shown = (await service.get(scene.path)).json()["commitments"][0]
    assert {name: shown[name] for name in fields} == fields


async def test_only_the_team_that_is_named_accepts_and_once(service: ServiceClient, publish: Publish) -> None:
    scene = await scene_of(service, publish)
    await scene.decided()
    loop = await scene.done(scene.lead, "commitments", promise(scene.board.footprint_id))
    assert (loop["state"], scene.commitment["accepted_at"]) == ("committed", None)
    path = f"/v1/commitments/{scene.commitment['id']}/acceptance"
    for client in (scene.lead, scene.stranger):
        assert refusal(await scene.send(client, path)) == (403, "not_the_owner")
    assert (await scene.done(scene.estates, path))["state"] == "in_progress"
    assert refusal(await scene.send(scene.estates, path)) == (409, "already_accepted")


async def test_nobody_promises_before_deciding(service: ServiceClient, publish: Publish) -> None:
    scene = await scene_of(service, publish)
    await scene.acknowledged()
    answer = await scene.send(scene.lead, "commitments", promise(scene.board.footprint_id))
    assert refusal(answer) == (409, "step_not_allowed")


async def test_the_first_due_date_stays_and_every_slip_is_counted(
    service: ServiceClient, publish: Publish
) -> None:
    scene = await scene_of(service, publish)
    await scene.committed()
    first = scene.commitment["due_on"]
    path = f"/v1/commitments/{scene.commitment['id']}/revisions"
    for days, slips in ((30, 1), (40, 2), (35, 2)):
        due = (date.fromisoformat(first) + timedelta(days=days)).isoformat()
        loop = await scene.done(scene.lead, path, {"due_on": due, "reason": REASON})
        shown = scene.commitment
        assert (shown["due_on"], shown["original_due_on"], shown["slips"]) == (due, first, slips)
        assert (loop["slips"], loop["state"]) == (slips, "in_progress")
    assert [each["is_slip"] for each in scene.commitment["revisions"]] == [True, True, False]
    async with service.state.sessions() as session:
        sent = await session.execute(
            text("SELECT type FROM outbox WHERE aggregate_id = :loop ORDER BY position DESC LIMIT 3"),
            {"loop": loop["id"]},
        )
    kinds = [kind for (kind,) in sent]
    assert kinds == ["loop.commitment_revised.v1", *["loop.commitment_slipped.v1"] * 2]


async def test_a_revision_takes_a_reason_and_changes_something(
    service: ServiceClient, publish: Publish
) -> None:
    scene = await scene_of(service, publish)
    await scene.committed()
    path, due = f"/v1/commitments/{scene.commitment['id']}/revisions", scene.commitment["due_on"]
    later = (today() + timedelta(days=200)).isoformat()
    thin = await scene.send(scene.lead, path, {"due_on": later, "reason": "Due to capacity reasons."})
    assert refusal(thin) == (422, "reason_too_thin")
    assert "“Due to capacity reasons”" in thin.json()["detail"]
    for fields in ({}, {"due_on": due}, {"due_on": "2020-01-01"}, {"due_on": "2290-01-01"}):
        answer = await scene.send(scene.lead, path, {"reason": REASON} | fields)
        assert refusal(answer) == (422, "invalid")
    assert refusal(await scene.send(scene.stranger, path, {"due_on": later, "reason": REASON})) == (
        403,
        "not_responsible",
    )
    await scene.done(scene.estates, path, {"due_on": later, "reason": "Late.", "because": "See the minutes."})


async def test_another_owner_has_to_accept_before_a_change_is_claimed(
    service: ServiceClient, publish: Publish
) -> None:
    scene = await scene_of(service, publish)
    await scene.committed()
    await scene.shown()
    path = f"/v1/commitments/{scene.commitment['id']}"
    owner = {"organisation": str(scene.board.footprint_id), "team": "engagement", "role": "head"}
    await scene.done(scene.lead, f"{path}/revisions", {"owner": owner, "reason": REASON})
    assert refusal(await scene.send(scene.lead, f"{path}/change-claims", {})) == (422, "acceptance_required")
    assert refusal(await scene.send(scene.estates, f"{path}/acceptance")) == (403, "not_the_owner")
    await scene.done(scene.lead, f"{path}/acceptance")
    assert (await scene.done(scene.lead, f"{path}/change-claims", {}))["state"] == "change_claimed"


async def test_a_claim_takes_evidence_that_is_more_than_a_minute(
    service: ServiceClient, publish: Publish
) -> None:
    scene = await scene_of(service, publish)
    await scene.committed()
    path = f"/v1/commitments/{scene.commitment['id']}/change-claims"
    assert refusal(await scene.send(scene.estates, path, {})) == (422, "evidence_required")
    await scene.shown(kind="minute", description="Minutes of the access group of 3 May.")
    for body in ({}, {"because": "It was a long meeting."}):
        answer = await scene.send(scene.estates, path, body)
        assert refusal(answer) == (422, "activity_not_outcome")
        assert "“Minutes of the access group of 3 May.”" in answer.json()["detail"]
    await scene.shown(kind="document", description="We held a meeting with everybody.")
    answer = await scene.send(scene.estates, path, {})
    assert refusal(answer) == (422, "activity_not_outcome")
    because = "The meeting is what was asked for, and it took place."
    await scene.done(scene.estates, path, {"because": because})
    assert (scene.loop["state"], scene.commitment["claimed_because"]) == ("change_claimed", because)


async def test_a_kept_promise_is_left_alone(service: ServiceClient, publish: Publish) -> None:
    scene = await scene_of(service, publish)
    await scene.committed()
    evidence = await scene.claimed()
    kept = scene.commitment["id"]
    judged = {"accept": True, "reason": "We went and saw it."}
    await scene.done(scene.judge, f"/v1/evidence/{evidence['id']}/verification", judged)
    assert scene.loop["state"] == "in_progress"
    moved = {"due_on": "2030-01-01", "reason": REASON}
    for path, body in {"revisions": moved, "change-claims": {}, "evidence": photo()}.items():
        answer = await scene.send(scene.estates, f"/v1/commitments/{kept}/{path}", body)
        assert refusal(answer) == (409, "already_kept")


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Any:
    """A function that sets the clock forward by some days."""
    source = clock.source
    return lambda days: monkeypatch.setattr(clock, "source", lambda: source() + timedelta(days=days))


async def count_slips(scene: Scene) -> None:
    """Count what is overdue, as the timer does."""
    counted = 1
    while counted:
        async with scene.service.state.sessions.begin() as session:
            counted = await slip_overdue(session)


async def test_a_due_date_that_passes_is_one_slip_and_moving_it_no_second(
    service: ServiceClient, publish: Publish, later: Any
) -> None:
    scene = await scene_of(service, publish)
    await scene.committed()
    later(91)
    await count_slips(scene)
    await count_slips(scene)
    loop = await scene.read()
    assert (loop["slips"], loop["state"], scene.commitment["slips"]) == (1, "in_progress", 1)
    assert (await service.get(f"{scene.path}/verify")).json()["intact"]
    path = f"/v1/commitments/{scene.commitment['id']}/revisions"
    due = (today() + timedelta(days=10)).isoformat()
    assert (await scene.done(scene.lead, path, {"due_on": due, "reason": REASON}))["slips"] == 1
    due = (today() + timedelta(days=20)).isoformat()
    assert (await scene.done(scene.lead, path, {"due_on": due, "reason": REASON}))["slips"] == 2


async def test_a_contested_loop_is_taken_up_again(service: ServiceClient, publish: Publish) -> None:
    scene = await scene_of(service, publish)
    evidence = await scene.claimed()
    judged = {"accept": True, "reason": "We went and saw it."}
    await scene.done(scene.judge, f"/v1/evidence/{evidence['id']}/verification", judged)
    async with service.state.sessions.begin() as session:
        loop = await lock_loop(session, UUID(scene.loop["id"]))
        loop.state = "verdict_open"
        await contest_loop(session, loop, {"no": 3})
    assert (await scene.read())["state"] == "contested"
    path = f"/v1/commitments/{scene.commitment['id']}"
    assert refusal(await scene.send(scene.estates, f"{path}/change-claims", {})) == (422, "evidence_required")
    due = (today() + timedelta(days=200)).isoformat()
    loop_shown = await scene.done(scene.lead, f"{path}/revisions", {"due_on": due, "reason": REASON})
    assert loop_shown["state"] == "in_progress"
    await scene.shown()
    assert (await scene.done(scene.estates, f"{path}/change-claims", {}))["state"] == "change_claimed"
