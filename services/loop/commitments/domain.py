"""Commitments: making, accepting, revising and claiming them, and counting what slips."""

from collections.abc import Mapping
from dataclasses import replace
from typing import TypedDict
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.loop.commitments import queries
from services.loop.commitments.schemas import ChangeClaim, NewCommitment, Owner, Revision
from services.loop.commitments.steps import ACCEPTANCE, CHANGE_CLAIM, COMMITMENT, CONTEST, REVISION, SLIP
from services.loop.copies.domain import Body, body_today
from services.loop.core.access import begin, check_right, lock_for
from services.loop.core.attempts import attempt_by_rule, attempt_of
from services.loop.core.queries import evidence_of, loop_of_part, parts_of
from services.loop.core.steps import Effect, Request, Step, judge, take
from services.loop.history.domain import texts_in, texts_of
from services.loop.models import Loop
from services.loop.records import Commitment, CommitmentRevision
from shared.change_request import AttributedEditRequest
from shared.clock import now, today
from shared.events.loop import LoopCommitmentRevised, LoopCommitmentSlipped
from shared.ids import new_id

OWNER = "/owner/organisation"


class OwnerColumns(TypedDict):
    """The columns that name the owner of a commitment."""

    owner_organisation_id: UUID | None
    owner_team: str
    owner_role: str


async def make_commitment(
    change: AttributedEditRequest, loop_id: UUID, new: NewCommitment
) -> tuple[Loop, Commitment]:
    """Promise what people will notice, and by when; its owner must still accept."""
    loop = await begin(COMMITMENT, change, loop_id)
    attempt = attempt_of(change, loop, new)
    judged = judge(COMMITMENT, attempt)
    owner = await body_today(change.session, new.owner.organisation, OWNER)
    commitment = Commitment(
        id=new_id(),
        loop_id=loop.id,
        people_will_notice=new.people_will_notice,
        measure=new.measure,
        because=new.because,
        due_on=new.due_on,
        original_due_on=new.due_on,
        slips=0,
        made_at=now(),
        **owner_columns(new.owner, owner),
        **attempt.by.columns(),
    )
    effect = Effect(
        to="in_progress" if loop.state == "in_progress" else "committed",
        fields=event_fields(commitment),
        facts=commitment_facts(commitment),
        texts=await texts_of(commitment),
    )
    change.session.add(commitment)
    take(change.session, judged, effect)
    return loop, commitment


def owner_columns(owner: Owner, body: Body) -> OwnerColumns:
    """The columns that name an owner; a footprint that is no body owns nothing."""
    return OwnerColumns(
        owner_organisation_id=body.organisation_id, owner_team=owner.team, owner_role=owner.role
    )


def event_fields(commitment: Commitment) -> dict[str, object]:
    """The fields of a commitment in events."""
    return {
        "commitment_id": commitment.id,
        "owner_organisation_id": commitment.owner_organisation_id,
        "due_on": commitment.due_on,
        "original_due_on": commitment.original_due_on,
        "slips": commitment.slips,
    }


def commitment_facts(commitment: Commitment, **more: object) -> dict[str, object]:
    """The facts of a commitment in the history."""
    fields = event_fields(commitment)
    return {"commitment": fields.pop("commitment_id")} | fields | more


async def begin_on_commitment(
    step: Step[Request], change: AttributedEditRequest, commitment_id: UUID
) -> tuple[Loop, Commitment]:
    """A commitment and its locked loop, for a caller that may take the step, in the version that it read."""
    loop = await lock_for(change, await loop_of_part(change.session, Commitment, commitment_id))
    found = {each.id: each for each in await parts_of(change.session, Commitment, loop.id)}
    check_right(step, change, loop, found[commitment_id])
    return loop, found[commitment_id]


async def accept_commitment(change: AttributedEditRequest, commitment_id: UUID) -> Loop:
    """Accept a commitment: only the team that is named as its owner can."""
    loop, commitment = await begin_on_commitment(ACCEPTANCE, change, commitment_id)
    judged = judge(ACCEPTANCE, attempt_of(change, loop, None, commitment=commitment))
    commitment.accepted_at, commitment.accepted_by = now(), change.actor.pseudonym
    loop.owner_to_be_named &= await queries.has_unaccepted_commitment(change.session, loop.id)
    effect = Effect(fields=event_fields(commitment), facts={"commitment": commitment.id})
    take(change.session, judged, effect)
    return loop


async def revise_commitment(
    change: AttributedEditRequest, commitment_id: UUID, new: Revision
) -> tuple[Loop, CommitmentRevision]:
    """Move the due date or name another owner; a later date is a slip, unless it is already counted."""
    loop, commitment = await begin_on_commitment(REVISION, change, commitment_id)
    attempt = attempt_of(change, loop, new, commitment=commitment)
    judged = judge(REVISION, attempt)
    body = await body_today(change.session, new.owner.organisation, OWNER) if new.owner else None
    due_on, before = new.due_on or commitment.due_on, commitment.due_on
    is_slip = due_on > before and commitment.slipped_from != before
    revision = CommitmentRevision(
        id=new_id(),
        loop_id=loop.id,
        commitment_id=commitment.id,
        due_on_before=before,
        due_on=due_on,
        reason=new.reason,
        because=new.because,
        is_slip=is_slip,
        revised_at=now(),
        **attempt.by.columns(),
    )
    commitment.due_on = due_on
    if new.owner and body:
        hand_over(commitment, owner_columns(new.owner, body))
    if is_slip:
        count_slip(loop, commitment)
    change.session.add(revision)
    take(change.session, judged, await effect_of_revision(loop, commitment, revision))
    return loop, revision


async def effect_of_revision(loop: Loop, commitment: Commitment, revision: CommitmentRevision) -> Effect:
    """What a revision leaves behind; work on a contested loop begins again."""
    texts = await texts_of(revision) | await texts_in(commitment, "owner_team", "owner_role")
    return Effect(
        to="in_progress" if loop.state == "contested" else loop.state,
        event=LoopCommitmentSlipped if revision.is_slip else LoopCommitmentRevised,
        fields=event_fields(commitment),
        facts=commitment_facts(commitment, commitment_revision=revision.id, is_slip=revision.is_slip),
        texts=texts,
    )


def hand_over(commitment: Commitment, owner: OwnerColumns) -> None:
    """Give a commitment to another owner, who must accept it again."""
    for name, value in owner.items():
        setattr(commitment, name, value)
    commitment.accepted_at, commitment.accepted_by = None, None


def count_slip(loop: Loop, commitment: Commitment) -> None:
    """Count a slip for a commitment and its loop."""
    commitment.slips += 1
    loop.slips += 1


async def claim_change(change: AttributedEditRequest, commitment_id: UUID, new: ChangeClaim) -> Loop:
    """Claim that the change has been made, on evidence that somebody else must judge."""
    loop, commitment = await begin_on_commitment(CHANGE_CLAIM, change, commitment_id)
    evidence, verifications = await evidence_of(change.session, loop.id, commitment.id)
    attempt = attempt_of(change, loop, new, commitment=commitment)
    attempt = replace(attempt, evidence=evidence, verifications=verifications)
    judged = judge(CHANGE_CLAIM, attempt)
    commitment.claimed_at, commitment.claimed_by = now(), change.actor.pseudonym
    commitment.claimed_organisation_id, commitment.claimed_team = attempt.by.organisation, attempt.by.team
    commitment.claimed_because = new.because
    effect = Effect(
        fields=event_fields(commitment),
        facts={"commitment": commitment.id},
        texts=await texts_in(commitment, "claimed_because"),
    )
    take(change.session, judged, effect)
    return loop


async def slip_overdue(session: AsyncSession) -> int:
    """Count a slip once for each due date that has passed; return how many there were.

    It takes one loop at a time, so that its caller's transaction stays short.
    """
    loop = await queries.lock_overdue_loop(session, today())
    if loop is None:
        return 0
    overdue = await queries.overdue_commitments(session, loop.id, today())
    for commitment in overdue:
        judged = judge(SLIP, replace(attempt_by_rule(loop), commitment=commitment))
        commitment.slipped_from = commitment.due_on
        count_slip(loop, commitment)
        take(session, judged, Effect(fields=event_fields(commitment), facts=commitment_facts(commitment)))
    return len(overdue)


async def contest_loop(session: AsyncSession, loop: Loop, facts: Mapping[str, object]) -> None:
    """Reopen a loop because the people who were told say that it did not happen: nothing counts as kept."""
    judged = judge(CONTEST, attempt_by_rule(loop))
    for commitment in await parts_of(session, Commitment, loop.id):
        commitment.kept_at, commitment.claimed_at = None, None
    loop.judged_by = None
    take(session, judged, Effect(facts=facts))
