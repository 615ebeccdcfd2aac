"""How a loop is shown: in public without words that no person has moderated."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.loop.commitments.schemas import CommitmentOut, RevisionOut
from services.loop.decisions.schemas import DecisionOut
from services.loop.evidence.schemas import EvidenceOut, VerificationOut
from services.loop.loops import queries
from services.loop.loops.schemas import LoopOut, LoopShown
from services.loop.models import Loop
from services.loop.records import Commitment, CommitmentRevision, Decision, Evidence, Verification
from shared.auth import Caller


def masked(caller: Caller, loop: Loop, published: set[UUID]) -> dict[str, object]:
    """Return what others than the body and the raiser do not see, as they see it."""
    if queries.is_inside(caller, loop):
        return {}
    seen: dict[str, object] = {"feedback_ids": [link for link in loop.feedback_ids if link in published]}
    return seen if loop.moderated_at else seen | {"title": None, "you_said": None}


async def outlines(session: AsyncSession, caller: Caller, loops: Sequence[Loop]) -> list[LoopOut]:
    """Return loops as a list shows them."""
    public = [loop for loop in loops if not queries.is_inside(caller, loop)]
    published = await queries.published_among(session, public)
    return [LoopOut.model_validate(loop).model_copy(update=masked(caller, loop, published)) for loop in loops]


async def shown(session: AsyncSession, caller: Caller, loop: Loop, made_id: UUID | None = None) -> LoopShown:
    """Return a loop with all that happened to it."""
    outline = (await outlines(session, caller, [loop]))[0]
    evidence = await evidence_shown(session, loop)
    decisions = await queries.parts_of(session, loop.id, Decision)
    return LoopShown.model_construct(
        **dict(outline),
        decisions=[DecisionOut.model_validate(decision) for decision in decisions],
        commitments=await commitments_shown(session, loop, evidence),
        evidence=[each for each in evidence if each.commitment_id is None],
        made_id=made_id,
    )


async def evidence_shown(session: AsyncSession, loop: Loop) -> list[EvidenceOut]:
    """Return all evidence of a loop with what others made of it."""
    found = await queries.parts_of(session, loop.id, Verification)
    judged = {each.evidence_id: VerificationOut.model_validate(each) for each in found}
    return [
        EvidenceOut.model_validate(each).model_copy(update={"verification": judged.get(each.id)})
        for each in await queries.parts_of(session, loop.id, Evidence)
    ]


async def commitments_shown(
    session: AsyncSession, loop: Loop, evidence: Sequence[EvidenceOut]
) -> list[CommitmentOut]:
    """Return a loop's commitments with what was changed about them and what shows them."""
    revisions: Sequence[CommitmentRevision] = await queries.parts_of(session, loop.id, CommitmentRevision)
    commitments: Sequence[Commitment] = await queries.parts_of(session, loop.id, Commitment)
    return [
        CommitmentOut.model_validate(commitment).model_copy(
            update={
                "revisions": [
                    RevisionOut.model_validate(r) for r in revisions if r.commitment_id == commitment.id
                ],
                "evidence": [each for each in evidence if each.commitment_id == commitment.id],
            }
        )
        for commitment in commitments
    ]
