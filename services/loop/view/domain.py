"""How a loop is shown: the public sees no words that nobody has moderated."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.loop.core.access import is_asked, is_inside, may_read_words
from services.loop.core.hiding import are_texts_hidden, hide_texts
from services.loop.models import Loop
from services.loop.records import Commitment, CommitmentRevision, Decision, Evidence, Verification
from services.loop.view.queries import Rows, rows_by_part
from services.loop.view.schemas import (
    CommitmentOut,
    DecisionOut,
    EvidenceOut,
    LoopOut,
    LoopView,
    RevisionOut,
    VerificationOut,
)
from shared.auth import Caller
from shared.change_request import ChangeRequest


def loop_summary(caller: Caller, loop: Loop) -> LoopOut:
    """A loop as a list shows it; only the body and the raiser see what is not public."""
    shown = LoopOut.model_validate(loop)
    answered = loop.answered_links
    if is_inside(caller, loop):
        return shown.model_copy(update={"feedback_ids": [link.feedback_id for link in answered]})
    own = caller.organisation_id if is_asked(caller, loop) else None
    seen = [link for link in answered if own in link.asked or (link.copy and link.copy.is_published)]
    public: dict[str, object] = hide_texts("loop", dict(shown)) if are_texts_hidden(caller, loop) else {}
    public["feedback_ids"] = [link.feedback_id for link in seen]
    hidden = {} if loop.moderated_at or may_read_words(caller, loop) else {"title": None, "you_said": None}
    return shown.model_copy(update=public | hidden)


async def loop_view(
    session: AsyncSession, caller: Caller, loop: Loop, made_id: UUID | None = None
) -> LoopView:
    """A loop with everything that happened to it; `made_id` is the id of what a request made."""
    rows = await rows_by_part(session, loop.id, hidden=are_texts_hidden(caller, loop))
    evidence = evidence_views(rows)
    return LoopView.model_construct(
        **dict(loop_summary(caller, loop)),
        decisions=[DecisionOut.model_validate(row) for row in rows[Decision]],
        commitments=commitment_views(rows, evidence),
        evidence=[each for each in evidence if each.commitment_id is None],
        made_id=made_id,
        masked=loop.masks,
    )


def evidence_views(rows: Rows) -> list[EvidenceOut]:
    """All evidence of a loop with what others made of it."""
    judged = {row["evidence_id"]: VerificationOut.model_validate(row) for row in rows[Verification]}
    return [
        EvidenceOut.model_validate(row).model_copy(update={"verification": judged.get(row["id"])})
        for row in rows[Evidence]
    ]


def commitment_views(rows: Rows, evidence: Sequence[EvidenceOut]) -> list[CommitmentOut]:
    """A loop's commitments with their revisions and their evidence."""
    commitments = [CommitmentOut.model_validate(row) for row in rows[Commitment]]
    for commitment, row in zip(commitments, rows[Commitment], strict=True):
        commitment.revisions = [
            RevisionOut.model_validate(revision)
            for revision in rows[CommitmentRevision]
            if revision["commitment_id"] == row["id"]
        ]
        commitment.evidence = [each for each in evidence if each.commitment_id == commitment.id]
    return commitments


async def keep_loop(change: ChangeRequest, loop: Loop, made_id: UUID | None = None) -> LoopView:
    """Answer a step with the loop as it is now, its address and its version."""
    answer = await loop_view(change.session, change.caller, loop, made_id)
    return change.keep(answer, location=f"/v1/loops/{loop.id}", version=loop.version)
