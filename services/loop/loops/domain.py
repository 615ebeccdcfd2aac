"""Loops: drafting one, listing them, and publishing them again."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm.attributes import set_committed_value

from services.loop.clocks.reading import start_reading
from services.loop.copies.domain import Body, body_today, footprint_today, wait_for, with_inherited
from services.loop.copies.queries import feedback_visible_to, is_demonstration_feedback
from services.loop.core.access import loops_visible_to
from services.loop.core.queries import is_any_demonstration
from services.loop.core.steps import loop_event
from services.loop.errors import ComplaintInLoop, FeedbackGone
from services.loop.history.chain import By
from services.loop.history.domain import Text, append_entry, texts_in
from services.loop.loops.agreements import bodies_to_ask, errors_at
from services.loop.loops.schemas import LoopFilter, NewLoop
from services.loop.models import GONE, FeedbackCopy, Loop, LoopFeedback
from shared.auth import Caller
from shared.change_request import AttributedRequest
from shared.clock import now
from shared.disclosure import public_count
from shared.errors import IdUnknown, NotHereYet, ScopeMissing, invalid
from shared.events.loop import LoopDrafted, LoopRestated
from shared.ids import is_recent, new_id
from shared.outbox import Outbox, outbox_values, record

BATCH = 500
PRAISE = "compliment"
REAL = "This is real feedback to a real body. Leave `demonstration` out: the loop that answers it is real."


async def draft_loop(change: AttributedRequest, new: NewLoop) -> Loop:
    """Draft a loop for the body that must answer, from feedback that the caller may see."""
    session, caller = change.session, change.caller
    check_scopes(caller)
    body = await responsible_body(session, new)
    check_scope_for(caller, body)
    known = await linkable_feedback(session, caller, new.feedback_ids)
    is_invented = await is_demonstration(session, caller, body)
    if new.demonstration and not is_invented and not await is_demonstration_feedback(session, known.values()):
        raise invalid("/demonstration", REAL)
    # A real body demonstrates with what is about invented ones, and so about none that could answer.
    asked = {} if new.demonstration else await bodies_to_ask(session, body, known)
    # A body that drafts it itself agrees.
    agreed = {each for said in asked.values() for each in said if each == caller.organisation_id}
    loop = Loop(
        **new.model_dump(include={"title", "you_said", "raised_by", "you_said_agreed"}),
        **body._asdict(),
        id=new_id(),
        state="draft",
        links=[link_to(copy, n, asked.get(copy.id, [])) for n, copy in enumerate(known.values())],
        clocks=[],
        raiser_id=caller.organisation_id,
        client_id=caller.client_id,
        agreed=list(agreed),
        actor=change.actor.pseudonym,
        actor_role=change.actor.role,
        drafted_at=now(),
        demonstration=is_invented or new.demonstration,
    )
    session.add(loop)
    await record_draft(change, loop)
    start_reading(loop)
    return loop


def link_to(copy: FeedbackCopy, position: int, asked: list[UUID]) -> LoopFeedback:
    """The link of a new loop to a piece of feedback whose copy has been read."""
    is_praise = copy.kind == PRAISE
    link = LoopFeedback(feedback_id=copy.id, position=position, asked=asked, is_praise=is_praise)
    set_committed_value(link, "copy", copy)
    return link


async def record_draft(change: AttributedRequest, loop: Loop) -> None:
    """Write the first entry of a loop's history, and publish the draft."""
    facts = {
        "organisation": loop.organisation_id,
        "footprint": loop.footprint_id,
        "raised_by": loop.raised_by,
        "feedback": public_count(len(loop.links)),
        "asked": loop.bodies_asked or None,
    }
    by, texts = By.of(change.caller, change.actor), await words_of(loop) | await texts_in(loop, "linked")
    append_entry(change.session, loop, "draft", by, facts, texts, contributor=sole_feedback(loop))
    record(change.session, loop, loop_event(loop, LoopDrafted))


async def words_of(loop: Loop) -> dict[str, Text | None]:
    """The words of a loop as its history holds them; the loop keeps them masked."""
    return await texts_in(loop, "title", "you_said")


def sole_feedback(loop: Loop) -> UUID | None:
    """The one piece of feedback that a loop's words come from, if there is only one."""
    return loop.feedback_ids[0] if len(loop.feedback_ids) == 1 else None


async def is_demonstration(session: AsyncSession, caller: Caller, body: Body) -> bool:
    """Whether the client that drafts a loop, or the body that must answer, exists only to demonstrate."""
    return await is_any_demonstration(session, {caller.organisation_id, body.organisation_id})


def check_scopes(caller: Caller) -> None:
    """Refuse with ScopeMissing callers that may neither work on loops nor raise them."""
    if not caller.scopes & {"loop:write", "loop:raise"}:
        raise ScopeMissing(f"This needs the scope loop:write or loop:raise: {ScopeMissing.sentence()}")


def check_scope_for(caller: Caller, body: Body) -> None:
    """Refuse with ScopeMissing a draft for another body without the right to raise one."""
    if "loop:raise" not in caller.scopes and caller.organisation_id not in body:
        raise ScopeMissing("A loop for another body needs the scope loop:raise.")


async def responsible_body(session: AsyncSession, new: NewLoop) -> Body:
    """The body that must answer and its footprint, as they are today; a footprint alone means its body."""
    if new.organisation is None and new.footprint is None:
        raise invalid("/organisation", "Name the organisation or the footprint that must answer.")
    place = await footprint_today(session, new.footprint) if new.footprint else None
    if new.organisation:
        body = await body_today(session, new.organisation)
        return Body(body.organisation_id, place.id) if place else body
    return Body(place.id if place and place.is_organisation else None, place.id if place else None)


async def linkable_feedback(
    session: AsyncSession, caller: Caller, feedback_ids: Sequence[UUID]
) -> dict[UUID, FeedbackCopy]:
    """The feedback that a loop may answer, by id.

    Feedback that the caller cannot see is refused as unknown; complaints and what was taken back are refused.
    It waits only if all that is missing may be on its way.
    """
    known: dict[UUID, FeedbackCopy] = {}

    async def look() -> bool | None:
        nonlocal caller
        known.update(await feedback_visible_to(session, caller, feedback_ids))
        if len(known) < len(feedback_ids):
            caller = await with_inherited(session, caller, feedback_ids)
            known.update(await feedback_visible_to(session, caller, feedback_ids))
        return len(known) == len(feedback_ids) or None

    if not await look() and all(is_recent(each) for each in feedback_ids if each not in known):
        await wait_for(look)
    # Not before: nobody else waits while this request does.
    known = await feedback_visible_to(session, caller, feedback_ids, locked=True)
    if unknown := [linked for linked in feedback_ids if linked not in known]:
        never = [linked for linked in unknown if not is_recent(linked)]
        problem = IdUnknown if never else NotHereYet
        raise problem(errors=errors_at(feedback_ids, never or unknown, "This feedback is not known here."))
    if complaints := [linked for linked, copy in known.items() if copy.kind == "complaint"]:
        raise ComplaintInLoop(errors=errors_at(feedback_ids, complaints, "This is a complaint."))
    if gone := [linked for linked, copy in known.items() if copy.state in GONE]:
        raise FeedbackGone(errors=errors_at(feedback_ids, gone, "This feedback was withdrawn."))
    return {linked: known[linked] for linked in feedback_ids}


async def loops_query(session: AsyncSession, caller: Caller, wanted: LoopFilter) -> Select[Loop]:
    """The query for the loops that the caller may see and asked for."""
    loops = loops_visible_to(caller)
    if wanted.state:
        loops = loops.where(Loop.state == wanted.state)
    if wanted.inherited is not None:
        loops = loops.where(Loop.inherited_from.is_not(None) == wanted.inherited)
    if wanted.footprint:
        place = await footprint_today(session, wanted.footprint, "/query/footprint")
        loops = loops.where(Loop.footprint_id == place.id)
    if wanted.organisation:
        body = await body_today(session, wanted.organisation, "/query/organisation")
        loops = loops.where(Loop.organisation_id == body.organisation_id)
    return loops


async def republish_loops(session: AsyncSession, last: UUID | None) -> list[UUID]:
    """Publish the present state of the next loops again, under the version they have; return their ids."""
    following = select(Loop).order_by(Loop.id).limit(BATCH)
    loops = (await session.scalars(following.where(Loop.id > last) if last else following)).all()
    session.add_all(Outbox(**outbox_values(loop_event(loop, LoopRestated), loop.version)) for loop in loops)
    return [loop.id for loop in loops]
