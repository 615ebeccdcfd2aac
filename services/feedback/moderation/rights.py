"""Who may do what with somebody's words, by name: moderate, withdraw and erase them.

The body that words are about moderates them, never their sender. Only their contributor or their sender
withdraws them. Staff erase them with a scope of its own and a reason, and are named as who did it.
"""

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.feedback.bodies.queries import is_in_footprint, kin_of
from services.feedback.errors import BodySucceeded, NotConcerned, NotYoursToWithdraw, SenderModerates
from services.feedback.items.events import CONTRIBUTOR
from services.feedback.items.views import is_about_caller, is_sent_by_caller
from services.feedback.models import Feedback
from services.feedback.operators import ERASE, is_operator
from shared.auth import Actor, Caller
from shared.change_request import AttributedEditRequest
from shared.db import locked
from shared.errors import NotFound, ScopeMissing
from shared.events.feedback import EndedBy
from shared.versions import must_match


@dataclass(frozen=True, slots=True)
class Ending:
    """Who withdraws or erases feedback; staff say why they erase it."""

    ended_by: EndedBy
    caller: Caller = CONTRIBUTOR
    actor: Actor | None = None
    reason: str | None = None


BY_CONTRIBUTOR = Ending("person")


async def lock_feedback_to_moderate(edit: AttributedEditRequest, feedback_id: UUID) -> Feedback:
    """Feedback that the caller may moderate, locked.

    NotFound if the caller may not see it, NotConcerned or SenderModerates if it may only see it.
    """
    feedback = await locked(edit.session, Feedback, feedback_id)
    kin = await kin_of(edit.session, edit.caller.organisation_id)
    await check_may_moderate(edit.session, feedback, edit.caller, kin)
    must_match(feedback, edit.version)
    return feedback


async def check_may_moderate(
    session: AsyncSession, feedback: Feedback, caller: Caller, kin: Collection[UUID]
) -> None:
    """Refuse with NotFound what the caller does not see; NotConcerned or SenderModerates what it only sees.

    `kin` are the caller's body, what it came from and what it became.
    """
    is_sender = feedback.sender_id in kin
    if not (is_about_caller(feedback, caller) or is_operator(caller)):
        raise NotConcerned if feedback.state == "published" or is_sender else NotFound
    refuse_succeeded(caller)
    if is_sender and not await is_about_sender_alone(session, feedback, caller, kin):
        raise SenderModerates


async def is_about_sender_alone(
    session: AsyncSession, feedback: Feedback, caller: Caller, kin: Collection[UUID]
) -> bool:
    """Whether feedback is about nobody but its sender, the caller, in the sender's own place."""
    sender = caller.organisation_id
    others = set(feedback.bodies).difference(kin)
    if sender is None or others - {feedback.footprint_id}:
        return False
    if len(others) == len(feedback.bodies):
        return False
    if not others or feedback.placed_by == "organisation":
        return True
    return await is_in_footprint(session, sender, feedback.footprint_id)


async def lock_feedback_to_withdraw(
    edit: AttributedEditRequest, feedback_id: UUID
) -> tuple[Feedback, Ending]:
    """Feedback that the caller sent and that is not about it, locked; otherwise a problem that says why."""
    feedback = await lock_feedback_seen(edit, feedback_id)
    ending = await ending_of(edit, feedback)
    if ending.ended_by != "sender":
        raise NotYoursToWithdraw
    must_match(feedback, edit.version)
    return feedback, ending


async def lock_feedback_to_erase(
    edit: AttributedEditRequest, feedback_id: UUID, reason: str
) -> tuple[Feedback, Ending]:
    """Feedback that the caller may erase, locked: all but its sender need a scope of its own."""
    feedback = await lock_feedback_seen(edit, feedback_id)
    ending = await ending_of(edit, feedback, reason)
    if ending.ended_by != "sender":
        edit.caller.require(ERASE)
    elif not edit.caller.scopes & {ERASE, "feedback:write"}:
        raise ScopeMissing(f"This needs the scope feedback:write or {ERASE}. {ScopeMissing.sentence()}")
    must_match(feedback, edit.version)
    return feedback, ending


async def lock_feedback_seen(edit: AttributedEditRequest, feedback_id: UUID) -> Feedback:
    """Feedback about the caller or sent by it, locked; NotFound or NotConcerned for any other."""
    feedback = await locked(edit.session, Feedback, feedback_id)
    caller = edit.caller
    if not (is_about_caller(feedback, caller) or is_sent_by_caller(feedback, caller) or is_operator(caller)):
        raise NotConcerned if feedback.state == "published" else NotFound
    refuse_succeeded(caller)
    return feedback


def refuse_succeeded(caller: Caller) -> None:
    """Refuse with BodySucceeded a caller whose body ended: its heir acts, and it only reads."""
    if caller.ended:
        raise BodySucceeded


async def is_about_kin(session: AsyncSession, feedback: Feedback, body: UUID | None) -> bool:
    """Whether it is about a body, what that came from or what it became."""
    return not (await kin_of(session, body)).isdisjoint(feedback.bodies)


async def ending_of(edit: AttributedEditRequest, feedback: Feedback, reason: str | None = None) -> Ending:
    """The ending that staff bring about: by the sender only where it is about nothing of the sender's kin."""
    is_own = is_about_caller(feedback, edit.caller)
    if is_own or await is_about_kin(edit.session, feedback, edit.caller.organisation_id):
        ended_by: EndedBy = "body"
    else:
        ended_by = "sender" if is_sent_by_caller(feedback, edit.caller) else "operator"
    return Ending(ended_by, edit.caller, edit.actor, reason)
