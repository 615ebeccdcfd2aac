"""Evidence: giving it, and somebody else judging it."""

from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.loop.commitments.domain import begin_on, of_body_or_owner
from services.loop.evidence.files import sha256_of
from services.loop.evidence.schemas import Judgement, NewEvidence
from services.loop.history.domain import texts_in
from services.loop.loops.attempts import Attempt, Who
from services.loop.loops.guards import shows_change
from services.loop.loops.handling import begin
from services.loop.loops.queries import (
    commitments_of,
    evidence_of,
    latest_decision,
    loop_locked_for,
    loop_of,
)
from services.loop.loops.table import advance
from services.loop.models import Loop
from services.loop.records import Commitment, Evidence, Verification
from services.loop.tellings.domain import request_tellings
from shared.clock import now, today
from shared.errors import invalid
from shared.events.loop import LoopEvidenceAccepted, LoopEvidenceRejected, State
from shared.ids import new_id
from shared.versions import must_match


async def show_it_was_done(
    session: AsyncSession, who: Who, loop_id: UUID, given: NewEvidence
) -> tuple[Loop, Evidence]:
    """Give evidence that what was asked for had been done before."""
    loop = await begin(session, who, loop_id)
    attempt = Attempt(loop=loop, by=who.by, on=today(), given=given)
    return loop, await give(session, "evidence_before", attempt)


async def show_commitment(
    session: AsyncSession, who: Who, commitment_id: UUID, given: NewEvidence
) -> tuple[Loop, Evidence]:
    """Give evidence that a commitment is kept."""
    loop, commitment = await begin_on(session, who, commitment_id)
    of_body_or_owner(who, loop, commitment)
    attempt = Attempt(loop=loop, by=who.by, on=today(), given=given, commitment=commitment)
    return loop, await give(session, "evidence", attempt)


async def give(session: AsyncSession, step: str, attempt: Attempt) -> Evidence:
    """Keep a piece of evidence with the digest of its file; the file itself is not kept."""
    given: NewEvidence = attempt.given
    commitment_id = attempt.commitment.id if attempt.commitment else None
    evidence = Evidence(
        id=new_id(), loop_id=attempt.loop.id, commitment_id=commitment_id, kind=given.kind,
        description=given.description, url=given.url, sha256=digest_of(given),
        observed_on=given.observed_on, given_at=now(), **attempt.by.columns(),
    )  # fmt: skip
    facts = {
        "evidence": evidence.id, "commitment": commitment_id, "kind": given.kind,
        "sha256": evidence.sha256, "observed_on": given.observed_on,
    }  # fmt: skip
    told = {"evidence_id": evidence.id, "commitment_id": commitment_id}
    await advance(
        session, step, attempt, told=told, facts=facts, texts=texts_in(evidence, "description", "url")
    )
    session.add(evidence)
    return evidence


def digest_of(given: NewEvidence) -> str | None:
    """Return the SHA-256 of the file; Invalid when the file is another than the digest says."""
    computed = sha256_of(given.content) if given.content else given.sha256
    if given.sha256 and given.sha256 != computed:
        raise invalid("/sha256", f"The file in `content` has the SHA-256 {computed}.")
    return computed


class Case(NamedTuple):
    """A piece of evidence to be judged, and what it is about."""

    loop: Loop
    judged: Evidence
    commitment: Commitment | None
    evidence: Sequence[Evidence]
    verifications: Sequence[Verification]


async def case_of(session: AsyncSession, who: Who, evidence_id: UUID) -> Case:
    """Return what is to be judged, locked, in the version that was read."""
    loop = await loop_locked_for(session, who.caller, await loop_of(session, Evidence, evidence_id))
    must_match(loop, who.version)
    judged = await session.get_one(Evidence, evidence_id)
    commitments = {each.id: each for each in await commitments_of(session, loop.id)}
    evidence, verifications = await evidence_of(session, loop.id, judged.commitment_id)
    commitment = commitments[judged.commitment_id] if judged.commitment_id else None
    return Case(loop, judged, commitment, evidence, verifications)


async def verify(
    session: AsyncSession, who: Who, evidence_id: UUID, given: Judgement
) -> tuple[Loop, Verification]:
    """Judge a piece of evidence that others gave; accepted, it settles what was claimed."""
    case = await case_of(session, who, evidence_id)
    loop, commitment = case.loop, case.commitment
    decided = None if commitment else await latest_decision(session, loop.id)
    attempt = Attempt(
        loop=loop, by=who.by, on=today(), given=given, commitment=commitment, decision=decided,
        judged=case.judged, evidence=case.evidence, verifications=case.verifications,
    )  # fmt: skip
    judgement = Verification(
        id=new_id(), loop_id=loop.id, evidence_id=evidence_id, accepted=given.accept, reason=given.reason,
        verified_at=now(), **who.by.columns(),
    )  # fmt: skip
    await advance(
        session, "verification", attempt, to=await leads_to(session, case, accepted=given.accept),
        event=LoopEvidenceAccepted if given.accept else LoopEvidenceRejected,
        told={"evidence_id": evidence_id, "commitment_id": case.judged.commitment_id},
        facts={"verification": judgement.id, "evidence": evidence_id, "accepted": given.accept},
        texts=texts_in(judgement, "reason"),
    )  # fmt: skip
    session.add(judgement)
    await settle(session, case, accepted=given.accept)
    return loop, judgement


async def leads_to(session: AsyncSession, case: Case, *, accepted: bool) -> State:
    """Return where a judgement leads: on to telling, back to work, or nowhere while evidence is left."""
    if accepted:
        others = [each for each in await commitments_of(session, case.loop.id) if each is not case.commitment]
        return "in_progress" if any(each.kept_at is None for each in others) else "telling"
    judged = {case.judged.id, *(each.evidence_id for each in case.verifications)}
    if any(shows_change(each) and each.id not in judged for each in case.evidence):
        return "evidence_check"
    return "in_progress" if case.commitment else "considering"


async def settle(session: AsyncSession, case: Case, *, accepted: bool) -> None:
    """Keep what a judgement means for the commitment, and ask for people to be told of a change."""
    loop, commitment = case.loop, case.commitment
    if commitment and accepted:
        commitment.kept_at = now()
    elif commitment and loop.state == "in_progress":
        commitment.claimed_at = None
    if accepted:
        loop.first_change_at = loop.first_change_at or now()
    if loop.state == "telling":
        await request_tellings(session, loop, "changed")
