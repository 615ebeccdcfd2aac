"""Commitments: making, accepting, revising and claiming them, and counting what slips."""

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.loop.commitments import queries
from services.loop.commitments.errors import NotTheOwner
from services.loop.commitments.schemas import ChangeClaim, NewCommitment, Owner, Revision
from services.loop.copies.domain import body_today
from services.loop.history.chain import BY_RULE
from services.loop.history.domain import texts_in
from services.loop.loops.attempts import Attempt, Who
from services.loop.loops.errors import NotResponsible
from services.loop.loops.handling import begin
from services.loop.loops.queries import commitments_of, evidence_of, loop_locked_for, loop_of
from services.loop.loops.table import advance, refuse, take
from services.loop.models import Loop
from services.loop.records import Commitment, CommitmentRevision
from shared.clock import now, today
from shared.events.loop import LoopCommitmentRevised, LoopCommitmentSlipped, State
from shared.ids import new_id
from shared.versions import must_match

TEXTS = ("people_will_notice", "measure", "because", "owner_team", "owner_role")


async def make_commitment(
    session: AsyncSession, who: Who, loop_id: UUID, given: NewCommitment
) -> tuple[Loop, Commitment]:
    """Promise what people will notice, and by when; its owner has yet to accept."""
    loop = await begin(session, who, loop_id)
    attempt = Attempt(loop=loop, by=who.by, on=today(), given=given)
    commitment = Commitment(
        id=new_id(), loop_id=loop.id, people_will_notice=given.people_will_notice, measure=given.measure,
        because=given.because, due_on=given.due_on, original_due_on=given.due_on, slips=0, made_at=now(),
        **await owner_columns(session, given.owner), **who.by.columns(),
    )  # fmt: skip
    leads_to: State = "in_progress" if loop.state == "in_progress" else "committed"
    await advance(
        session, "commitment", attempt, to=leads_to, told=told_of(commitment), facts=facts_of(commitment),
        texts=texts_in(commitment, *TEXTS),
    )  # fmt: skip
    session.add(commitment)
    return loop, commitment


async def owner_columns(session: AsyncSession, owner: Owner) -> dict[str, Any]:
    """Return the columns that name an owner; a footprint that is no body owns nothing."""
    body = await body_today(session, owner.organisation)
    return {
        "owner_organisation_id": body.organisation_id,
        "owner_team": owner.team,
        "owner_role": owner.role,
    }


def told_of(commitment: Commitment) -> dict[str, Any]:
    """Return what events tell of a commitment."""
    return {
        "commitment_id": commitment.id,
        "owner_organisation_id": commitment.owner_organisation_id,
        "due_on": commitment.due_on,
        "original_due_on": commitment.original_due_on,
        "slips": commitment.slips,
    }


def facts_of(commitment: Commitment, **more: Any) -> dict[str, Any]:
    """Return what the history keeps of a commitment."""
    told = told_of(commitment)
    return {"commitment": told.pop("commitment_id")} | told | more


async def begin_on(session: AsyncSession, who: Who, commitment_id: UUID) -> tuple[Loop, Commitment]:
    """Return a commitment and its loop, locked, in the version that was read."""
    loop = await loop_locked_for(session, who.caller, await loop_of(session, Commitment, commitment_id))
    found = {each.id: each for each in await commitments_of(session, loop.id)}
    return loop, found[commitment_id]


def of_body_or_owner(who: Who, loop: Loop, commitment: Commitment) -> None:
    """Refuse everybody but the body that is to answer and the team that owns the commitment."""
    if not (who.is_body_of(loop) or who.is_owner_of(commitment)):
        raise NotResponsible("Only the body that is to answer, or the team that owns this, may do this.")
    must_match(loop, who.version)


async def accept(session: AsyncSession, who: Who, commitment_id: UUID) -> Loop:
    """Accept a commitment: only the team that is named as its owner can."""
    loop, commitment = await begin_on(session, who, commitment_id)
    if not who.is_owner_of(commitment):
        raise NotTheOwner
    must_match(loop, who.version)
    attempt = Attempt(loop=loop, by=who.by, on=today(), commitment=commitment)
    await advance(
        session, "acceptance", attempt, told=told_of(commitment), facts={"commitment": commitment.id}
    )
    commitment.accepted_at, commitment.accepted_by = now(), who.actor.pseudonym
    loop.owner_to_be_named &= await queries.any_unaccepted(session, loop.id)
    return loop


async def revise(
    session: AsyncSession, who: Who, commitment_id: UUID, given: Revision
) -> tuple[Loop, CommitmentRevision]:
    """Move the due date or name another owner; a later date is a slip, unless it is counted already."""
    loop, commitment = await begin_on(session, who, commitment_id)
    of_body_or_owner(who, loop, commitment)
    attempt = Attempt(loop=loop, by=who.by, on=today(), given=given, commitment=commitment)
    due_on, before = given.due_on or commitment.due_on, commitment.due_on
    is_slip = due_on > before and commitment.slipped_from != before
    revision = CommitmentRevision(
        id=new_id(), loop_id=loop.id, commitment_id=commitment.id, due_on_before=before, due_on=due_on,
        reason=given.reason, because=given.because, is_slip=is_slip, revised_at=now(), **who.by.columns(),
    )  # fmt: skip
    owner = await owner_columns(session, given.owner) if given.owner else {}
    refuse("revision", attempt)
    change(loop, commitment, {"due_on": due_on} | owner, is_slip=is_slip)
    session.add(revision)
    await take(
        session, "revision", attempt, to="in_progress" if loop.state == "contested" else loop.state,
        event=LoopCommitmentSlipped if is_slip else LoopCommitmentRevised, told=told_of(commitment),
        facts=facts_of(commitment, commitment_revision=revision.id, is_slip=is_slip),
        texts=texts_in(revision, "reason", "because") | texts_in(commitment, "owner_team", "owner_role"),
    )  # fmt: skip
    return loop, revision


def change(loop: Loop, commitment: Commitment, values: dict[str, Any], *, is_slip: bool) -> None:
    """Change a commitment; another owner has to accept it again, and a slip counts for it and its loop."""
    for name, value in values.items():
        setattr(commitment, name, value)
    if "owner_team" in values:
        commitment.accepted_at, commitment.accepted_by = None, None
    commitment.slips += is_slip
    loop.slips += is_slip


async def claim_change(session: AsyncSession, who: Who, commitment_id: UUID, given: ChangeClaim) -> Loop:
    """Say that the change is there, on evidence that somebody else is to judge."""
    loop, commitment = await begin_on(session, who, commitment_id)
    of_body_or_owner(who, loop, commitment)
    evidence, judged = await evidence_of(session, loop.id, commitment.id)
    attempt = Attempt(
        loop=loop, by=who.by, on=today(), given=given, commitment=commitment, evidence=evidence,
        verifications=judged,
    )  # fmt: skip
    await advance(
        session, "change_claim", attempt, told=told_of(commitment), facts={"commitment": commitment.id},
        texts={"commitment.claimed_because": given.because},
    )  # fmt: skip
    commitment.claimed_at, commitment.claimed_by = now(), who.actor.pseudonym
    commitment.claimed_organisation_id, commitment.claimed_team = who.by.organisation, who.by.team
    commitment.claimed_because = given.because
    return loop


async def slip_overdue(session: AsyncSession) -> int:
    """Count a slip for each commitment whose due date has passed, once for each date; return how many.

    It takes one loop at a time, so that its caller's transaction stays short.
    """
    late = await queries.overdue_loop(session, today())
    if late is None:
        return 0
    overdue = [each for each in await commitments_of(session, late.id) if is_newly_overdue(each, today())]
    for commitment in overdue:
        commitment.slipped_from = commitment.due_on
        change(late, commitment, {}, is_slip=True)
        attempt = Attempt(loop=late, by=BY_RULE, on=today(), commitment=commitment)
        await advance(session, "slip", attempt, told=told_of(commitment), facts=facts_of(commitment))
    return len(overdue)


def is_newly_overdue(commitment: Commitment, on: date) -> bool:
    """Tell whether a due date has passed unkept and is not yet counted."""
    late = commitment.kept_at is None and commitment.due_on < on
    return late and commitment.slipped_from != commitment.due_on


async def contest(session: AsyncSession, loop: Loop, facts: dict[str, Any]) -> None:
    """Take a loop up again because those who were told say that it did not happen: nothing of it is kept."""
    await advance(session, "contest", Attempt(loop=loop, by=BY_RULE, on=today()), facts=facts)
    for commitment in await commitments_of(session, loop.id):
        commitment.kept_at, commitment.claimed_at = None, None
