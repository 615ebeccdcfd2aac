"""Steps of the body that is to answer: opening, acknowledging, considering, stating."""

from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.loop.loops import queries
from services.loop.loops.attempts import Attempt, Who
from services.loop.loops.domain import sole, words_of
from services.loop.loops.errors import NotResponsible
from services.loop.loops.schemas import Acknowledgement, Statement, Wording
from services.loop.loops.table import advance, allowed_here
from services.loop.models import Loop
from services.loop.tellings.domain import preview, request_tellings
from shared.clock import now, today
from shared.versions import must_match


async def begin(session: AsyncSession, who: Who, loop_id: UUID) -> Loop:
    """Return the loop, locked, for a step of its body; refuse others, and whoever read an older version."""
    loop = await queries.loop_locked_for(session, who.caller, loop_id)
    if not who.is_body_of(loop):
        raise NotResponsible
    must_match(loop, who.version)
    return loop


async def open_loop(session: AsyncSession, who: Who, loop_id: UUID, given: Wording) -> Loop:
    """Make a draft public after a person has read it; or say of an open loop that a person has read it."""
    loop = await begin(session, who, loop_id)
    await take_opening(session, who, loop, given)
    return loop


async def take_opening(session: AsyncSession, who: Who, loop: Loop, given: Wording) -> None:
    """Open or moderate a loop, with the words that the moderator leaves standing."""
    step = "opening" if loop.state == "draft" else "moderation"
    attempt = await attempt_of(session, who, loop, given)
    allowed_here(step, loop)
    if given.moderated:
        loop.title, loop.you_said = given.title or loop.title, given.you_said or loop.you_said
        loop.moderated_at = now()
    await advance(session, step, attempt, texts=words_of(loop), whose=sole(loop))


async def attempt_of(session: AsyncSession, who: Who, loop: Loop, given: Any) -> Attempt:
    """Return a step before the decision as the guards judge it."""
    preview_id = (await preview(session, loop, "acknowledged")).preview_id
    linked = await queries.feedback_of(session, loop)
    return Attempt(loop=loop, by=who.by, on=today(), given=given, feedback=linked, preview_id=preview_id)


async def acknowledge(session: AsyncSession, who: Who, loop_id: UUID, given: Acknowledgement) -> Loop:
    """Say that the body has heard, and ask for everybody who can be told to be told so."""
    loop = await begin(session, who, loop_id)
    if loop.state == "draft" or (given.moderated and loop.moderated_at is None):
        await take_opening(session, who, loop, given)
    await advance(session, "acknowledgement", await attempt_of(session, who, loop, given))
    await request_tellings(session, loop, "acknowledged")
    return loop


async def consider(session: AsyncSession, who: Who, loop_id: UUID) -> Loop:
    """Begin to consider what to do."""
    loop = await begin(session, who, loop_id)
    await advance(session, "consideration", Attempt(loop=loop, by=who.by, on=today()))
    return loop


async def state(session: AsyncSession, who: Who, loop_id: UUID, given: Statement) -> Loop:
    """Attach the body's one statement."""
    loop = await begin(session, who, loop_id)
    attempt = Attempt(loop=loop, by=who.by, on=today(), given=given)
    await advance(session, "statement", attempt, texts={"loop.statement": given.statement})
    loop.statement = given.statement
    return loop
