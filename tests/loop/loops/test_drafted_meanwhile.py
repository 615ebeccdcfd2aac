"""A loop that is drafted while its feedback is taken back, or becomes a complaint, learns of it."""

import asyncio
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.loop.copies import domain
from services.loop.loops.domain import draft_loop
from services.loop.loops.erasing import erase_contribution
from services.loop.loops.halting import halt_if_complaint
from services.loop.loops.schemas import NewLoop
from services.loop.models import Loop
from shared.auth import Actor, Caller
from shared.events import Envelope
from shared.events.feedback import FeedbackErased, FeedbackReceived, FeedbackRevised, FeedbackState
from shared.events.registry import FootprintRegistered
from shared.ids import new_id
from tests.fixtures.clients import ServiceClient
from tests.loop.conftest import Publish
from tests.loop.examples import feedback, footprint
from tests.loop.requests import acting
from tests.loop.scenes import person, refusal

WAITS = "SELECT count(*) FROM pg_locks WHERE NOT granted"
Said = tuple[FootprintRegistered, FeedbackReceived]


@pytest.fixture
async def said(publish: Publish) -> Said:
    """A board, and what was said to it."""
    board = footprint()
    heard = feedback(board.footprint_id)
    await publish(board, heard)
    return board, heard


def erased(heard: FeedbackReceived) -> FeedbackErased:
    """The event that it was erased."""
    return FeedbackErased(**heard.model_dump() | {"state": "erased", "erased_by": "person"})


def complained(heard: FeedbackReceived) -> FeedbackRevised:
    """The event that it became a complaint."""
    return FeedbackRevised(**heard.model_dump() | {"kind": "complaint"})


async def react(service: ServiceClient, event: FeedbackState) -> None:
    """Let the reaction to an event take effect, before the copies hear of it."""
    reaction = erase_contribution if isinstance(event, FeedbackErased) else halt_if_complaint
    async with service.state.sessions.begin() as session:
        await reaction(session, event, Envelope.wrap(event, 2))


def draft_of(said: Said) -> dict[str, Any]:
    """The draft of a loop that answers it."""
    board, heard = said
    linked = [str(heard.feedback_id)]
    return {
        "title": "Doors",
        "you_said": "Heavy.",
        "footprint": str(board.footprint_id),
        "feedback_ids": linked,
    }


async def until_somebody_waits(session: AsyncSession) -> None:
    """Wait until another transaction waits for a lock."""
    while True:
        if await session.scalar(text(WAITS)):
            return
        await asyncio.sleep(0.02)


async def until_a_request_waits() -> None:
    """Wait until a request waits for what has not arrived here yet."""
    while True:
        if domain.waiting:
            return
        await asyncio.sleep(0.01)


@pytest.mark.parametrize("became", [erased, complained])
async def test_what_became_of_feedback_waits_for_who_drafts_from_it(
    service: ServiceClient, said: Said, became: Any
) -> None:
    board, heard = said
    caller = Caller(new_id(), board.footprint_id, "engagement", frozenset({"loop:write"}))
    request = acting(caller, Actor("lead-1", "lead"), 0)
    async with service.state.sessions.begin() as session, asyncio.timeout(20):
        loop = await draft_loop(request(session), NewLoop.model_validate(draft_of(said)))
        await session.flush()
        reacting = asyncio.create_task(react(service, became(heard)))
        async with service.state.sessions() as watching:
            await until_somebody_waits(watching)
        loop_id = loop.id
    await reacting
    async with service.state.sessions() as session:
        kept = await session.get_one(Loop, loop_id)
        assert (kept.halted_at is not None) == (became is complained)
        assert (kept.title == "Doors") == (became is complained)
        assert [link.taken_back_at is not None for link in kept.links] == [became is erased]


@pytest.mark.parametrize(("became", "code"), [(erased, "feedback_gone"), (complained, "complaint_in_loop")])
async def test_nobody_drafts_from_what_a_reaction_knows_to_be_gone_though_the_copies_do_not(
    service: ServiceClient, said: Said, became: Any, code: str
) -> None:
    board, heard = said
    await react(service, became(heard))
    lead = person(service, UUID(str(board.footprint_id)), "engagement", "lead-1")
    assert refusal(await lead.post("/v1/loops", json=draft_of(said))) == (422, code)


async def test_nobody_waits_for_a_draft_that_waits_for_what_is_not_here_yet(
    service: ServiceClient, said: Said
) -> None:
    board, heard = said
    lead = person(service, UUID(str(board.footprint_id)), "engagement", "lead-1")
    draft = draft_of(said)
    draft["feedback_ids"].append(str(new_id()))
    waiting = asyncio.create_task(lead.post("/v1/loops", json=draft))
    async with asyncio.timeout(1.5):
        await until_a_request_waits()
        await react(service, erased(heard))
    assert not waiting.done()
    assert refusal(await waiting) == (409, "not_here_yet")
