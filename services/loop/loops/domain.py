"""Loops: drafting one, and who may see it."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Select
from sqlalchemy.ext.asyncio import AsyncSession

from services.loop.clocks.reading import start_reading
from services.loop.copies.domain import Body, awaited, body_today, footprint_today
from services.loop.copies.queries import feedback_seen_by
from services.loop.history.chain import By
from services.loop.history.domain import append, texts_in
from services.loop.loops import queries
from services.loop.loops.errors import ComplaintInLoop, FeedbackGone
from services.loop.loops.facts import fact
from services.loop.loops.guards import GONE
from services.loop.loops.schemas import LoopFilter, NewLoop
from services.loop.models import FeedbackCopy, Loop, LoopFeedback
from shared.auth import Actor, Caller
from shared.clock import now
from shared.errors import FieldError, NotFound, NotHereYet, ScopeMissing, invalid
from shared.events.loop import LoopDrafted, LoopRestated
from shared.ids import new_id
from shared.outbox import Outbox, outbox_values, record


async def draft(session: AsyncSession, new: NewLoop, caller: Caller, actor: Actor) -> Loop:
    """Draft a loop for the body that is to answer, from feedback that the caller may see."""
    may_draft(caller)
    body = await responsible(session, new)
    may_draft_for(caller, body)
    await linkable(session, caller, new.feedback_ids)
    links = [LoopFeedback(feedback_id=linked, position=n) for n, linked in enumerate(new.feedback_ids)]
    loop = Loop(
        id=new_id(), state="draft", title=new.title, you_said=new.you_said, links=links,
        organisation_id=body.organisation_id, footprint_id=body.footprint_id, raised_by=new.raised_by,
        raiser_id=caller.organisation_id, client_id=caller.client_id, slips=0,
        actor=actor.pseudonym, actor_role=actor.role, drafted_at=now(), you_said_agreed=new.you_said_agreed,
        demonstration=new.demonstration or await is_demonstration(session, caller, body),
        heir_uncertain=False, owner_to_be_named=False,
    )  # fmt: skip
    session.add(loop)
    said = {"organisation": loop.organisation_id, "footprint": loop.footprint_id, "raised_by": loop.raised_by}
    facts, texts = said | {"feedback": len(new.feedback_ids)}, words_of(loop) | texts_in(loop, "linked")
    append(session, loop, "draft", By.of(caller, actor), facts, texts, whose=sole(loop))
    record(session, loop, fact(loop, LoopDrafted))
    await start_reading(session, loop)
    return loop


def words_of(loop: Loop) -> dict[str, str | None]:
    """Return the words of a loop as its history holds them."""
    return texts_in(loop, "title", "you_said")


def sole(loop: Loop) -> UUID | None:
    """Return the one piece of feedback that a loop's words come from, if it is one."""
    return loop.feedback_ids[0] if len(loop.feedback_ids) == 1 else None


async def is_demonstration(session: AsyncSession, caller: Caller, body: Body) -> bool:
    """Tell whether who drafts a loop, or who is to answer it, is there for demonstration only."""
    return await queries.any_demonstration(session, {caller.organisation_id, body.organisation_id})


def may_draft(caller: Caller) -> None:
    """Refuse with ScopeMissing whoever may neither work on loops nor raise them."""
    if not caller.scopes & {"loop:write", "loop:raise"}:
        raise ScopeMissing(f"This needs the scope loop:write or loop:raise: {ScopeMissing.sentence()}")


def may_draft_for(caller: Caller, body: Body) -> None:
    """Refuse with ScopeMissing whoever drafts a loop for another body without the right to raise one."""
    if "loop:raise" not in caller.scopes and caller.organisation_id not in body:
        raise ScopeMissing("A loop for another body needs the scope loop:raise.")


async def responsible(session: AsyncSession, new: NewLoop) -> Body:
    """Return who is to answer and where, as they are today; a footprint alone means its own body."""
    if new.organisation is None and new.footprint is None:
        raise invalid("/organisation", "Name the organisation or the footprint that is to answer.")
    place = await footprint_today(session, new.footprint) if new.footprint else None
    if new.organisation:
        body = await body_today(session, new.organisation)
        return Body(body.organisation_id, place.id) if place else body
    return Body(place.id if place and place.is_organisation else None, place.id if place else None)


async def linkable(session: AsyncSession, caller: Caller, feedback_ids: Sequence[UUID]) -> None:
    """Refuse feedback that the caller does not see (as if unknown), complaints, and what was taken back."""
    known: dict[UUID, FeedbackCopy] = {}

    async def look() -> bool | None:
        known.update(await feedback_seen_by(session, caller, feedback_ids))
        return len(known) == len(feedback_ids) or None

    if not await awaited(look):
        unknown = [linked for linked in feedback_ids if linked not in known]
        raise NotHereYet(errors=pointed(feedback_ids, unknown, "This feedback is not known here."))
    if complaints := [linked for linked, copy in known.items() if copy.kind == "complaint"]:
        raise ComplaintInLoop(errors=pointed(feedback_ids, complaints, "This is a complaint."))
    if gone := [linked for linked, copy in known.items() if copy.state in GONE]:
        raise FeedbackGone(errors=pointed(feedback_ids, gone, "This was taken back."))


def pointed(feedback_ids: Sequence[UUID], wrong: Sequence[UUID], detail: str) -> list[FieldError]:
    """Return where in the request the wrong ones stand."""
    return [
        FieldError(pointer=f"/feedback_ids/{feedback_ids.index(linked)}", detail=detail) for linked in wrong
    ]


async def find(session: AsyncSession, caller: Caller, loop_id: UUID) -> Loop:
    """Return a loop; NotFound unless the caller may see it."""
    loop = await queries.loop_seen_by(session, caller, loop_id)
    if loop is None:
        raise NotFound
    return loop


async def listed(session: AsyncSession, caller: Caller, wanted: LoopFilter) -> Select[Loop]:
    """Return the query for the loops that the caller may see and asked for."""
    loops = queries.loops_seen_by(caller)
    if wanted.state:
        loops = loops.where(Loop.state == wanted.state)
    if wanted.inherited is not None:
        loops = loops.where(Loop.inherited_from.is_not(None) == wanted.inherited)
    if wanted.footprint:
        loops = loops.where(Loop.footprint_id == (await footprint_today(session, wanted.footprint)).id)
    if wanted.organisation:
        body = await body_today(session, wanted.organisation)
        loops = loops.where(Loop.organisation_id == body.organisation_id)
    return loops


async def republish_after(session: AsyncSession, last: UUID | None) -> list[UUID]:
    """Save the next loops' present state for publishing, under the version they have; return their ids."""
    loops = await queries.loops_after(session, last)
    session.add_all(Outbox(**outbox_values(fact(loop, LoopRestated), loop.version)) for loop in loops)
    return [loop.id for loop in loops]
