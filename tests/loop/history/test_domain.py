"""A loop's history shows each later change, and texts can go without breaking it."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import NullPool, text

from services.loop.consumers import REACTIONS
from services.loop.history.chain import digest, hash_of
from shared.db import engine_to
from shared.events import Envelope
from shared.events.feedback import FeedbackErased, FeedbackRestated, FeedbackWithdrawn
from tests.fixtures.clients import ServiceClient
from tests.loop.conftest import Publish
from tests.loop.scenes import Scene, decision, scene_of

Change = Callable[..., Awaitable[None]]


@pytest.fixture
async def change(owner_url: Callable[[str], str]) -> AsyncIterator[Change]:
    """A function that changes something directly in the database, past the service and its rights."""
    engine = engine_to(owner_url("loop"), poolclass=NullPool)

    async def run(scene: Scene, statement: str, **values: Any) -> None:
        where = statement.replace("AT_IT", "WHERE loop_id = :loop AND position = :at")
        async with engine.begin() as connection:
            await connection.execute(text(where), {"loop": UUID(scene.loop["id"])} | values)

    yield run
    await engine.dispose()


async def verify_history(scene: Scene) -> dict[str, Any]:
    """The result of checking the history."""
    found: dict[str, Any] = (await scene.service.get(f"{scene.path}/verify")).json()
    return found


async def test_an_untouched_history_is_intact_and_ends_where_the_loop_is(
    service: ServiceClient, publish: Publish
) -> None:
    scene = await scene_of(service, publish)
    await scene.claimed()
    found = await verify_history(scene)
    assert (found["intact"], found["first_broken"]) == (True, None)
    assert (found["head"], found["length"]) == (scene.loop["head"], scene.loop["length"])
    steps = [each["step"] for each in (await service.get(f"{scene.path}/timeline")).json()["items"]]
    assert steps == [
        "draft",
        "opening",
        "acknowledgement",
        "decision",
        "commitment",
        "acceptance",
        "evidence",
        "change_claim",
    ]


TAMPERED = {
    "the exact text of an entry": (
        "UPDATE history_entry SET body = replace(body, 'acknowledgement', 'opening') AT_IT",
        3,
    ),
    "an entry that is gone": ("UPDATE history_entry SET position = 99 AT_IT", 3),
    "a text": ("UPDATE history_text SET text = 'Other words.' AT_IT AND field = 'decision.forum'", 4),
    "a text that is gone": ("DELETE FROM history_text AT_IT", 4),
    "a text that nobody took back": (
        "UPDATE history_text SET text = NULL, salt = NULL, erased_at = now() AT_IT",
        4,
    ),
    "the words that are shown": ("UPDATE decision SET forum = 'elsewhere' WHERE loop_id = :loop", 4),
    "the words of the loop": ("UPDATE loop SET you_said = 'All is well.' WHERE id = :loop", 2),
    "the state": ("UPDATE loop SET state = 'closed' WHERE id = :loop", 4),
    "when it was": ("UPDATE history_entry SET at = at - interval '1 day' AT_IT", 2),
    "the end": ("UPDATE loop SET history_length = 3 WHERE id = :loop", 4),
}


@pytest.mark.parametrize("what", TAMPERED)
async def test_what_is_changed_directly_in_the_database_is_found(
    service: ServiceClient, publish: Publish, change: Change, what: str
) -> None:
    scene = await scene_of(service, publish)
    await scene.decided()
    statement, position = TAMPERED[what]
    await change(scene, statement, **({"at": position} if "AT_IT" in statement else {}))
    found = await verify_history(scene)
    assert (found["intact"], found["first_broken"]) == (False, position)
    assert found["detail"]


async def test_a_chain_that_is_written_anew_has_another_head(
    service: ServiceClient, publish: Publish, change: Change
) -> None:
    scene = await scene_of(service, publish)
    await scene.acknowledged()
    told_outside = scene.loop["head"]
    async with service.state.sessions.begin() as session:
        row = (
            await session.execute(
                text("SELECT body FROM history_entry WHERE loop_id = :loop AND position = 3"),
                {"loop": UUID(scene.loop["id"])},
            )
        ).scalar_one()
    forged = row.replace("lead-1", "lead-2")
    await change(
        scene,
        "WITH entry AS (UPDATE history_entry SET body = :body, hash = :hash AT_IT) "
        "UPDATE loop SET history_head = :hash WHERE id = :loop",
        at=3,
        body=forged,
        hash=hash_of(forged),
    )
    found = await verify_history(scene)
    assert found["intact"]
    assert found["head"] != told_outside


@pytest.mark.parametrize("event", [FeedbackErased, FeedbackWithdrawn, FeedbackRestated])
async def test_words_that_are_taken_back_go_and_the_chain_still_verifies(
    service: ServiceClient, publish: Publish, event: Callable[..., Any]
) -> None:
    scene = await scene_of(service, publish)
    await scene.decided()
    length = scene.loop["length"]
    gone = event(**scene.said[0].model_dump() | {"state": "erased", "erased_by": "person"})
    await react(scene, FeedbackRestated(**scene.said[0].model_dump()))
    assert (await scene.read())["you_said"] == "The door is too heavy."
    await react(scene, gone)
    await react(scene, gone)
    loop = await scene.read()
    assert (loop["you_said"], loop["length"]) == ("(taken back with the reply code)", length + 2)
    assert (await verify_history(scene))["intact"]
    async with service.state.sessions() as session:
        left = await session.execute(
            text("SELECT text FROM history_text WHERE loop_id = :loop"), {"loop": UUID(loop["id"])}
        )
        bodies = await session.execute(
            text("SELECT body FROM history_entry WHERE loop_id = :loop"), {"loop": UUID(loop["id"])}
        )
    assert "too heavy" not in str(left.all()) + str(bodies.all())
    assert (await scene.send(scene.lead, "statement", {"statement": "We are sorry."})).is_success


@pytest.mark.parametrize(
    ("ended", "words"),
    [
        ({"erased_by": "body"}, "(erased by NHS Somewhere, which it was about)"),
        ({"withdrawn_by": "sender"}, "(taken back by the organisation that sent it)"),
        ({"erased_by": "operator"}, "(erased by the operator of Doorway)"),
        ({}, "(taken back or erased)"),
    ],
)
async def test_words_say_who_took_them_away_and_never_that_it_was_the_persons_wish(
    service: ServiceClient, publish: Publish, ended: dict[str, str], words: str
) -> None:
    scene = await scene_of(service, publish)
    await scene.acknowledged()
    who = {f"{name}_id": scene.board.footprint_id for name in ended}
    facts = scene.said[0].model_dump() | {"state": "erased"} | ended | who
    await react(scene, FeedbackErased(**facts))
    assert (await scene.read())["you_said"] == words
    assert (await verify_history(scene))["intact"]


async def test_what_is_taken_back_from_a_draft_is_told_inside_only(
    service: ServiceClient, publish: Publish
) -> None:
    scene = await scene_of(service, publish)
    await react(
        scene, FeedbackErased(**scene.said[0].model_dump() | {"state": "erased", "erased_by": "person"})
    )
    async with service.state.sessions() as session:
        kinds = await session.execute(
            text("SELECT type FROM outbox WHERE aggregate_id = :loop ORDER BY position"),
            {"loop": UUID(scene.loop["id"])},
        )
    assert [kind for (kind,) in kinds] == ["loop.drafted.v1", "loop.restated.v1"]
    assert (await scene.read())["title"] == "(taken back with the reply code)"


async def react(scene: Scene, event: Any) -> None:
    """Let the loop react to an event."""
    async with scene.service.state.sessions.begin() as session:
        await REACTIONS[type(event)](session, event, Envelope.wrap(event, 2))


async def test_a_summary_of_several_voices_stays_when_one_is_taken_back(
    service: ServiceClient, publish: Publish
) -> None:
    scene = await scene_of(service, publish, voices=2)
    await scene.acknowledged()
    await react(
        scene, FeedbackErased(**scene.said[0].model_dump() | {"state": "erased", "erased_by": "person"})
    )
    assert (await scene.read())["you_said"] == "The door is too heavy."


async def test_an_entry_holds_no_words_only_salted_digests(service: ServiceClient, publish: Publish) -> None:
    scene = await scene_of(service, publish)
    await scene.decided(reason="Because it is right, and everybody who came said so.")
    lines = (await scene.lead.get(f"{scene.path}/export")).text.strip().split("\n")
    last = json.loads(lines[-1])
    said = json.loads(last["body"])
    assert "everybody who came" not in last["body"]
    written = last["texts"]["decision.reason"]
    assert said["texts"]["decision.reason"] == digest(written["salt"], written["text"])
    assert said["by"]["actor"] == "lead-1"
    assert said["facts"]["answer"] == "will_do"


async def test_events_carry_the_head_and_length_of_the_history(
    service: ServiceClient, publish: Publish
) -> None:
    scene = await scene_of(service, publish)
    await scene.acknowledged()
    await scene.done(scene.lead, "decisions", decision())
    async with service.state.sessions() as session:
        sent = await session.execute(
            text("SELECT body FROM outbox WHERE aggregate_id = :loop ORDER BY position"),
            {"loop": UUID(scene.loop["id"])},
        )
    events = [json.loads(body)["data"] for (body,) in sent]
    assert [each["length"] for each in events] == [1, 2, 3, 4]
    assert [each["state"] for each in events] == ["draft", "open", "acknowledged", "decided"]
    assert [each["previous_state"] for each in events] == [None, "draft", "open", "acknowledged"]
    assert events[-1]["head"] == scene.loop["head"]


async def test_an_entry_from_before_a_column_was_renamed_is_still_checked(
    service: ServiceClient, publish: Publish, change: Change
) -> None:
    scene = await scene_of(service, publish)
    await scene.committed()
    position, field = 5, "commitment.people_will_notice"
    async with service.state.sessions.begin() as session:
        found = await session.execute(
            text(
                "SELECT body FROM history_entry WHERE loop_id = :loop AND position >= :at ORDER BY position"
            ),
            {"loop": UUID(scene.loop["id"]), "at": position},
        )
        bodies = [body.replace(field, "commitment.outcome") for body in found.scalars()]
    rename = "UPDATE history_text SET field = 'commitment.outcome' AT_IT AND field = :field"
    await change(scene, rename, at=position, field=field)
    await rewrite_chain(change, scene, position, bodies)
    assert (await verify_history(scene))["intact"]
    await change(scene, "UPDATE commitment SET people_will_notice = 'Nothing.' WHERE loop_id = :loop")
    assert (await verify_history(scene))["first_broken"] == position


async def rewrite_chain(change: Change, scene: Scene, position: int, bodies: list[str]) -> None:
    """Write the last entries of a history anew, each following the one before it."""
    previous = json.loads(bodies[0])["previous"]
    for number, body in enumerate(bodies, position):
        linked = body.replace(json.loads(body)["previous"], previous)
        previous = hash_of(linked)
        rewrite = "UPDATE history_entry SET body = :body, hash = :hash AT_IT"
        await change(scene, rewrite, at=number, body=linked, hash=previous)
    await change(scene, "UPDATE loop SET history_head = :hash WHERE id = :loop", hash=previous)
