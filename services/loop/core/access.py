"""Who may see a loop, who may take its steps, and locking a loop for a step."""

from collections.abc import Collection, Mapping
from uuid import UUID

from sqlalchemy import ColumnElement, Select, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload

from services.loop.core.names import fold
from services.loop.core.queries import kin_of
from services.loop.core.steps import Request, Step, Whose
from services.loop.errors import NotResponsible, NotTheOwner
from services.loop.models import Loop, LoopFeedback
from services.loop.records import Commitment
from shared.auth import Caller
from shared.change_request import AttributedEditRequest
from shared.errors import NotFound
from shared.versions import must_match

RAISING = frozenset({"loop:write", "loop:raise"})
NOT_ALLOWED: Mapping[Whose, str] = {
    "body_or_owner": "Only the body that must answer, or the team that owns this commitment, can do this.",
    "asked": "Only a body that this loop's feedback is about, and that was asked, can do this.",
    "others": "Only who raised the loop, or another organisation with the scope loop:verify, can do this. "
    "The body sends `/opening`, or `/resumption`.",
}
LOOP_SCOPES = frozenset({"loop:read", "loop:write", "loop:raise", "loop:verify"})


def is_visible_to(caller: Caller) -> ColumnElement[bool]:
    """Whether a caller may see a loop: any that is public, and drafts of its own or that it raised."""
    own = caller.organisation_id
    if own is None or not caller.scopes & LOOP_SCOPES:
        return Loop.state != "draft"
    asking = select(LoopFeedback.loop_id).where(LoopFeedback.asked.contains([own]))
    mine = (Loop.organisation_id == own, Loop.footprint_id == own, Loop.raiser_id == own, Loop.id.in_(asking))
    return or_(Loop.state != "draft", *mine)


def is_inside(caller: Caller, loop: Loop) -> bool:
    """Whether a loop is the caller's own, so that it sees what is not public."""
    own = (loop.organisation_id, loop.footprint_id, loop.raiser_id)
    return bool(caller.organisation_id in own and caller.organisation_id and caller.scopes & LOOP_SCOPES)


def is_asked(caller: Caller, loop: Loop) -> bool:
    """Whether a draft waits for the caller's agreement, or has it; no body asks itself.

    The heir of a body that was asked may be the one that answers: with a no it would silence the raiser.
    """
    asked = {body for link in loop.links for body in link.asked} - loop.bodies
    return loop.state == "draft" and bool(caller.scopes & LOOP_SCOPES) and caller.organisation_id in asked


def may_read_words(caller: Caller, loop: Loop) -> bool:
    """Whether a caller reads words that nobody has moderated: from inside, to agree, or to moderate them."""
    is_left = loop.is_left_to_others and caller.organisation_id is not None
    is_moderator = is_left and "loop:verify" in caller.scopes
    return is_inside(caller, loop) or is_asked(caller, loop) or is_moderator


def is_responsible(caller: Caller, loop: Loop) -> bool:
    """Whether the caller acts for the body that must answer."""
    return caller.organisation_id is not None and caller.organisation_id in (
        loop.organisation_id,
        loop.footprint_id,
    )


def is_owner(caller: Caller, commitment: Commitment | None) -> bool:
    """Whether the caller is the team that owns a commitment."""
    return (
        commitment is not None
        and caller.organisation_id == commitment.owner_organisation_id
        and fold(caller.team) == fold(commitment.owner_team)
    )


def has_right(
    whose: Whose, caller: Caller, loop: Loop, commitment: Commitment | None, *, kin: Collection[UUID] = ()
) -> bool:
    """Whether a caller may take a step of this kind, apart from its scopes.

    `kin` are what its organisation came from and became: these count where others act in the body's place.
    """
    if whose == "body":
        return is_responsible(caller, loop)
    if whose == "owner":
        return is_owner(caller, commitment)
    if whose == "asked":
        return is_asked(caller, loop)
    if whose == "others":
        is_raiser = caller.organisation_id == loop.raiser_id and bool(caller.scopes & RAISING)
        # A body that was asked sees a draft as well, but agrees or not: it does not act in the body's place.
        verifies = "loop:verify" in caller.scopes and loop.state != "draft"
        return loop.bodies.isdisjoint({caller.organisation_id, *kin}) and (is_raiser or verifies)
    return whose == "verifier" or is_responsible(caller, loop) or is_owner(caller, commitment)


def check_right(
    step: Step[Request],
    change: AttributedEditRequest,
    loop: Loop,
    commitment: Commitment | None = None,
    *,
    kin: Collection[UUID] = (),
) -> None:
    """Refuse callers that may not take a step, then those that have not read the loop's present version."""
    whose = step.route.whose if step.route else "body"
    if not has_right(whose, change.caller, loop, commitment, kin=kin):
        if whose == "owner":
            raise NotTheOwner
        raise NotResponsible(NOT_ALLOWED.get(whose))
    must_match(loop, change.version)


def loops_visible_to(caller: Caller) -> Select[Loop]:
    """The query for the loops that a caller may see."""
    return select(Loop).where(is_visible_to(caller))


async def find_loop(session: AsyncSession, caller: Caller, loop_id: UUID) -> Loop:
    """A loop; NotFound unless the caller may see it."""
    loop = (await session.scalars(loops_visible_to(caller).where(Loop.id == loop_id))).one_or_none()
    if loop is None:
        raise NotFound
    return loop


async def find_own_loop(session: AsyncSession, caller: Caller, loop_id: UUID) -> Loop:
    """A loop of the caller's own; NotFound for any other."""
    loop = await find_loop(session, caller, loop_id)
    if not is_inside(caller, loop):
        raise NotFound
    return loop


def locking(loops: Select[Loop], *, skip_locked: bool = False) -> Select[Loop]:
    """The same loops, locked until the transaction ends and read again, with their clocks.

    The lock leaves the ids free, so rows that refer to the loop need not wait.
    """
    locked = loops.options(selectinload(Loop.clocks)).execution_options(populate_existing=True)
    return locked.with_for_update(of=Loop, key_share=True, skip_locked=skip_locked)


async def lock_loop(session: AsyncSession, loop_id: UUID) -> Loop:
    """A loop, locked; NotFound when there is none."""
    loop = (await session.scalars(locking(select(Loop).where(Loop.id == loop_id)))).one_or_none()
    if loop is None:
        raise NotFound
    return loop


async def lock_for(change: AttributedEditRequest, loop_id: UUID) -> Loop:
    """A loop, locked for a request; NotFound unless the caller may see it."""
    locked = locking(select(Loop).where(Loop.id == loop_id))
    loop = (await change.session.scalars(locked)).one_or_none()
    hidden = loop is None or not (is_inside(change.caller, loop) or is_asked(change.caller, loop))
    if loop is None or (loop.state == "draft" and hidden):
        raise NotFound
    return loop


async def begin(step: Step[Request], change: AttributedEditRequest, loop_id: UUID) -> Loop:
    """A loop, locked for a step of the body that must answer, in the version that it has read."""
    loop = await lock_for(change, loop_id)
    kin = await kin_of(change.session, {change.caller.organisation_id}) if is_for_others(step) else ()
    check_right(step, change, loop, kin=kin)
    return loop


def is_for_others(step: Step[Request]) -> bool:
    """Whether others than the body take a step."""
    return step.route is not None and step.route.whose == "others"
