"""Evidence: giving it, and somebody else judging it."""

import hashlib
from dataclasses import replace
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.loop.commitments.domain import begin_on_commitment
from services.loop.commitments.steps import is_no_minute
from services.loop.core.access import begin, check_right, find_loop, lock_for
from services.loop.core.attempts import Attempt, attempt_of
from services.loop.core.hiding import are_texts_hidden
from services.loop.core.queries import (
    evidence_of,
    kin_of,
    latest_decision,
    loop_of_part,
    parts_of,
    parts_taken,
)
from services.loop.core.steps import Effect, Step, judge, take
from services.loop.evidence.schemas import Judgement, NewEvidence, decode_file
from services.loop.evidence.steps import EVIDENCE, EVIDENCE_BEFORE, VERIFICATION, judged_by
from services.loop.history.domain import texts_of
from services.loop.models import Loop
from services.loop.records import Commitment, Evidence, EvidenceFile, Verification
from services.loop.tellings.domain import request_tellings
from shared.auth import Caller
from shared.change_request import AttributedEditRequest
from shared.clock import now
from shared.errors import NotFound, invalid
from shared.events.loop import LoopEvidenceAccepted, LoopEvidenceRejected, State
from shared.ids import new_id


async def give_earlier_evidence(
    change: AttributedEditRequest, loop_id: UUID, new: NewEvidence
) -> tuple[Loop, Evidence]:
    """Give evidence that what people asked for had already been done."""
    loop = await begin(EVIDENCE_BEFORE, change, loop_id)
    return loop, await store_evidence(change.session, EVIDENCE_BEFORE, attempt_of(change, loop, new))


async def give_evidence(
    change: AttributedEditRequest, commitment_id: UUID, new: NewEvidence
) -> tuple[Loop, Evidence]:
    """Give evidence that a commitment is kept."""
    loop, commitment = await begin_on_commitment(EVIDENCE, change, commitment_id)
    attempt = attempt_of(change, loop, new, commitment=commitment)
    return loop, await store_evidence(change.session, EVIDENCE, attempt)


async def store_evidence(
    session: AsyncSession, step: Step[NewEvidence], attempt: Attempt[NewEvidence]
) -> Evidence:
    """Store a piece of evidence with its file and the digest of it."""
    judged, new, commitment = judge(step, attempt), attempt.request, attempt.commitment
    content = decode_file(new.content) if new.content else None
    evidence = Evidence(
        **new.model_dump(include={"kind", "description", "url", "place", "observed_on"}),
        **attempt.by.columns(),
        id=new_id(),
        loop_id=attempt.loop.id,
        commitment_id=commitment.id if commitment else None,
        sha256=digest_of(new, content),
        file_bytes=len(content) if content is not None else None,
        given_at=now(),
    )
    facts = {
        "evidence": evidence.id,
        "commitment": evidence.commitment_id,
        "kind": evidence.kind,
        "sha256": evidence.sha256,
        "observed_on": evidence.observed_on,
    }
    fields = {"evidence_id": evidence.id, "commitment_id": evidence.commitment_id}
    session.add(evidence)
    if content is not None:
        session.add(EvidenceFile(evidence_id=evidence.id, content=content))
    take(session, judged, Effect(fields=fields, facts=facts, texts=await texts_of(evidence)))
    return evidence


def digest_of(new: NewEvidence, content: bytes | None) -> str | None:
    """The SHA-256 of the file; Invalid when the file has another digest than the request says."""
    computed = hashlib.sha256(content).hexdigest() if content is not None else new.sha256
    if new.sha256 and new.sha256 != computed:
        raise invalid("/sha256", f"The file in `content` has the SHA-256 {computed}.")
    return computed


async def file_of_evidence(session: AsyncSession, caller: Caller, evidence_id: UUID) -> bytes:
    """The file of a piece of evidence; NotFound where there is none, or it is not for the caller to see."""
    loop = await find_loop(session, caller, await loop_of_part(session, Evidence, evidence_id))
    found = await session.get(EvidenceFile, evidence_id)
    if found is None or are_texts_hidden(caller, loop):
        raise NotFound
    return found.content


async def verify_evidence(
    change: AttributedEditRequest, evidence_id: UUID, new: Judgement
) -> tuple[Loop, Verification]:
    """Judge a piece of evidence that others gave; accepted, it settles what was claimed."""
    attempt = await attempt_to_verify(change, evidence_id, new)
    judged, loop, session = judge(VERIFICATION, attempt), attempt.loop, change.session
    state = await state_after(session, attempt)
    verification = Verification(
        id=new_id(),
        loop_id=loop.id,
        evidence_id=evidence_id,
        accepted=new.accept,
        judged_by=judged_by(attempt),
        reason=new.reason,
        verified_at=now(),
        **attempt.by.columns(),
    )
    if new.accept:
        # Once the body itself accepted something, the loop does not read as judged by others.
        loop.judged_by = max(loop.judged_by or verification.judged_by, verification.judged_by)
    session.add(verification)
    settle_claim(attempt, state)
    commitment_id = attempt.commitment.id if attempt.commitment else None
    effect = Effect(
        to=state,
        event=LoopEvidenceAccepted if new.accept else LoopEvidenceRejected,
        fields={"evidence_id": evidence_id, "commitment_id": commitment_id},
        facts={
            "verification": verification.id,
            "evidence": evidence_id,
            "accepted": new.accept,
            "judged_by": verification.judged_by,
        },
        texts=await texts_of(verification),
    )
    take(session, judged, effect)
    if state == "telling":
        request_tellings(session, loop, "changed")
    return loop, verification


async def attempt_to_verify(
    change: AttributedEditRequest, evidence_id: UUID, new: Judgement
) -> Attempt[Judgement]:
    """The attempt to judge a piece of evidence, with its loop locked in the version that was read."""
    session = change.session
    loop = await lock_for(change, await loop_of_part(session, Evidence, evidence_id))
    check_right(VERIFICATION, change, loop)
    evidence = await session.get_one(Evidence, evidence_id)
    commitments = {each.id: each for each in await parts_of(session, Commitment, loop.id)}
    others, verifications = await evidence_of(session, loop.id, evidence.commitment_id)
    about = commitments[evidence.commitment_id] if evidence.commitment_id else None
    return replace(
        attempt_of(change, loop, new, commitment=about),
        decision=None if about else await latest_decision(session, loop.id),
        parts=await parts_taken(session, loop.id),
        kin=await kin_of(session, {change.caller.organisation_id}),
        evidence=others,
        verifications=verifications,
        judged=evidence,
    )


async def state_after(session: AsyncSession, attempt: Attempt[Judgement]) -> State:
    """The state that a judgement leads to: telling, more work, or the same while evidence is left."""
    loop, commitment = attempt.loop, attempt.commitment
    if attempt.request.accept:
        others = [each for each in await parts_of(session, Commitment, loop.id) if each is not commitment]
        return "in_progress" if any(each.kept_at is None for each in others) else "telling"
    judged_ids = attempt.judged_ids | ({attempt.judged.id} if attempt.judged else set())
    if any(is_no_minute(each) and each.id not in judged_ids for each in attempt.evidence):
        return "evidence_check"
    return "in_progress" if commitment else "considering"


def settle_claim(attempt: Attempt[Judgement], state: State) -> None:
    """Keep or release the commitment that was judged, in a loop that goes on to a state."""
    loop, commitment, accepted = attempt.loop, attempt.commitment, attempt.request.accept
    if commitment and accepted:
        commitment.kept_at = now()
    elif commitment and state == "in_progress":
        commitment.claimed_at = None
    if accepted:
        loop.first_change_at = loop.first_change_at or now()
