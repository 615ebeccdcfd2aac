"""`next` lists what may be done, all that is missing, and examples that pass."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection, async_sessionmaker

from shared.state import state_from
from tests.fixtures.clients import ServiceClient
from tests.loop.conftest import Publish
from tests.loop.scenes import Scene, photo, refusal, scene_of

Lead = Callable[[Scene], Awaitable[Any]]


async def nothing(_: Scene) -> None:
    """Leave the draft as it is."""


async def shown_before(scene: Scene) -> None:
    """Show before the decision that it was done."""
    await scene.acknowledged()
    await scene.done(scene.lead, "evidence", photo(observed_on="2020-01-01"))


async def done_before(scene: Scene) -> None:
    """Decide that it was done before."""
    await shown_before(scene)
    step = await scene.example("decision")
    await scene.done(scene.lead, "decisions", step["example"] | {"answer": "already_done"})


async def add_promise(scene: Scene) -> None:
    """Make a promise that nobody has accepted."""
    await scene.decided()
    await scene.done(scene.lead, "commitments", (await scene.example("commitment"))["example"])


async def add_evidence(scene: Scene) -> None:
    """Give evidence of a promise."""
    await scene.committed()
    await scene.shown()


LEADS: list[Lead] = [
    nothing,
    Scene.acknowledged,
    shown_before,
    done_before,
    Scene.decided,
    add_promise,
    Scene.committed,
    add_evidence,
    Scene.claimed,
]


def actor_of(scene: Scene, whose: str) -> ServiceClient:
    """Somebody who may take a step."""
    return {"verifier": scene.judge, "owner": scene.estates}.get(whose, scene.lead)


@pytest.fixture
async def connection(service: ServiceClient) -> AsyncIterator[AsyncConnection]:
    """Let the service work in one transaction that is undone after the test."""
    async with service.state.engine.connect() as connection:
        await connection.begin()
        sessions = async_sessionmaker(
            connection, expire_on_commit=False, join_transaction_mode="create_savepoint"
        )
        service.served.parts |= state_from(replace(service.state, sessions=sessions))
        yield connection


@pytest.mark.parametrize("lead", LEADS, ids=lambda lead: lead.__name__)
async def test_every_example_passes_once_what_comes_before_is_there(
    service: ServiceClient, publish: Publish, connection: AsyncConnection, lead: Lead
) -> None:
    scene = await scene_of(service, publish)
    await lead(scene)
    before, taken = scene.loop, set()
    for number, listed in enumerate((await scene.lead.get(f"{scene.path}/next")).json()["steps"]):
        actor, scene.loop = actor_of(scene, listed["whose"]), before
        step = (await actor.get(f"{scene.path}/next")).json()["steps"][number]
        blocked = [each["code"] for each in step["missing"] if each["before"]]
        trial = await connection.begin_nested()
        answer = await scene.send(actor, step["path"], step["example"])
        await trial.rollback()
        assert step["yours"]
        assert answer.is_success is not bool(blocked), (step, answer.text)
        assert answer.is_success or answer.json()["code"] in blocked
        taken.add((step["step"], step["example"].get("answer") if step["step"] == "decision" else None))
    assert taken


async def test_all_that_is_missing_is_listed_at_once(service: ServiceClient, publish: Publish) -> None:
    scene = await scene_of(service, publish)
    await scene.acknowledged()
    steps = (await scene.lead.get(f"{scene.path}/next")).json()["steps"]
    declined = next(each for each in steps if each["example"].get("answer") == "cannot")
    lacks = {(each["pointer"], each["code"]) for each in declined["missing"]}
    assert lacks == {
        ("/answer", "invalid"),
        ("/deciding_role", "invalid"),
        ("/forum", "invalid"),
        ("/decided_on", "invalid"),
        ("/reason", "reason_too_thin"),
        ("/would_change", "revisit_required"),
        ("/revisit_on", "revisit_required"),
        ("/how_to_object", "revisit_required"),
    }
    done = next(each for each in steps if each["example"].get("answer") == "already_done")
    assert [each["code"] for each in done["missing"] if each["before"]] == ["evidence_required"]


async def test_nothing_is_anybodys_own_who_has_no_part_in_it(
    service: ServiceClient, publish: Publish
) -> None:
    scene = await scene_of(service, publish)
    await scene.claimed()
    for client in (service, scene.stranger):
        steps = (await client.get(f"{scene.path}/next")).json()["steps"]
        assert {each["step"] for each in steps} >= {"statement", "verification", "evidence"}
        assert not any(each["yours"] for each in steps)


async def test_the_owner_of_a_promise_has_its_steps_and_its_day(
    service: ServiceClient, publish: Publish
) -> None:
    scene = await scene_of(service, publish)
    await add_promise(scene)
    step = await scene.example("acceptance", scene.estates)
    assert (step["whose"], step["yours"], step["due_on"]) == ("owner", True, scene.commitment["due_on"])
    assert not (await scene.example("acceptance", scene.lead))["yours"]


async def test_the_example_mails_nobody_before_somebody_has_looked_at_the_preview(
    service: ServiceClient, publish: Publish
) -> None:
    scene = await scene_of(service, publish)
    await scene.done(scene.lead, "opening", {"moderated": True})
    preview = (await scene.lead.get(f"{scene.path}/tellings/preview")).json()
    for client in (scene.lead, scene.stranger, service):
        steps = (await client.get(f"{scene.path}/next")).json()["steps"]
        heard = next(step for step in steps if step["step"] == "acknowledgement")
        assert heard["example"]["preview_id"] != preview["preview_id"]
        assert [each["code"] for each in heard["missing"] if each["before"]] == ["preview_required"]
    sent_back = await scene.send(scene.lead, "acknowledgement", heard["example"])
    assert refusal(sent_back) == (422, "preview_required")
