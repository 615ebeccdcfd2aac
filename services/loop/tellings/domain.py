"""Tellings: who would be told, and requesting a telling for each of them."""

import hashlib
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, cast, get_args
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.loop.clocks.domain import start_clock
from services.loop.core.queries import kin_of
from services.loop.models import FeedbackCopy, Loop, LoopFeedback
from services.loop.records import Telling
from services.loop.tellings import queries
from services.loop.tellings.schemas import Unreachable
from shared.clock import now
from shared.db import wake_after_commit
from shared.disclosure import HELD, Count, public_distribution, public_sum
from shared.events.feedback import ReachState
from shared.events.loop import LoopTellingRequested, TellingKind
from shared.ids import new_id
from shared.outbox import Outbox, outbox_values

Reach = ReachState | Literal["unassessed"]
REACHES: tuple[Reach, ...] = (*get_args(ReachState), "unassessed")
NOT_AGREED = "no_agreement_or_address"


@dataclass(frozen=True, slots=True)
class Preview:
    """How many people would be told, by what is known of their address, as the body may see it.

    The id tells nothing more: it changes with the feedback, and with how many are shown as unreachable.
    """

    kind: TellingKind
    contributors: int
    reach: Mapping[Reach, Count]
    reasons: Mapping[str, Count] | None
    preview_id: str


async def preview_of_loop(session: AsyncSession, loop: Loop, kind: TellingKind) -> Preview:
    """How many people would be told if it were requested now: those too whose mail is held, until it goes."""
    before = await queries.counted_before(session, loop)
    return preview_tellings(loop, kind, before, await kin_of(session, insiders_of(loop)))


def insiders_of(loop: Loop) -> set[UUID | None]:
    """The bodies that, with their kin, know of whom a loop's figures tell: its body and its raiser."""
    return loop.bodies | {loop.raiser_id}


def preview_tellings(
    loop: Loop, kind: TellingKind, before: Collection[UUID] = (), insiders: Collection[UUID] = ()
) -> Preview:
    """The preview of a loop; `before` is the feedback whose people an earlier loop counts.

    Nobody is shown by what they stand beside: by people of whom who may read this knows all, as their
    sender, or by the same people in another loop.
    """
    groups = split_by_sender(loop, before, insiders)
    found = [[reach_of_link(link) for link in group] for group in groups]
    reach = sum_apart([[reach for reach, _ in each] for each in found], REACHES, len(before))
    reasons = [[reason for reach, reason in each if reach == "unreachable"] for each in found]
    linked = sorted(map(str, loop.feedback_ids))
    seen = [str(loop.id), kind, str(reach["unreachable"]), *linked]
    preview_id = hashlib.sha256("\n".join(seen).encode()).hexdigest()[:16]
    why = sum_apart(reasons, get_args(Unreachable), len(before))
    is_told = any(each != HELD for each in why.values())
    return Preview(
        kind, len(loop.links), cast(Mapping[Reach, Count], reach), why if is_told else None, preview_id
    )


def split_by_sender(
    loop: Loop, before: Collection[UUID], insiders: Collection[UUID]
) -> list[list[LoopFeedback]]:
    """The links of feedback that no earlier loop counts: of what insiders sent, and others."""
    counted = [link for link in loop.links if link.feedback_id not in before]
    own = [link for link in counted if link.copy and link.copy.sender_id in insiders]
    return [group for group in (own, [link for link in counted if link not in own]) if group]


def sum_apart(
    groups: Sequence[Sequence[str | None]], names: Sequence[str], left_out: int
) -> dict[str, Count]:
    """How often each name is in all groups, as each of them alone may show it; held back where none does."""
    counted = [Counter(group) for group in groups]
    tables = [public_distribution({name: each[name] for name in names}) for each in counted]
    shown = [table or dict.fromkeys(names, HELD) for table in tables]
    if left_out or not shown:
        shown.append(dict.fromkeys(names, HELD))
    return {name: public_sum([table[name] for table in shown]) for name in names}


def reach_of_link(link: LoopFeedback) -> tuple[Reach, str | None]:
    """Whether the contributor of linked feedback can be told, and why they cannot."""
    if link.copy is None or not link.copy.reachable:
        return "unreachable", NOT_AGREED
    return (link.reach.reach, link.reach.reason) if link.reach else ("unassessed", None)


def reachable_feedback(loop: Loop) -> Sequence[FeedbackCopy]:
    """The linked feedback for whose contributors tellings are requested: they agreed and left an address."""
    return sorted((copy for copy in loop.feedback if copy.reachable), key=lambda copy: copy.id)


def request_tellings(
    session: AsyncSession, loop: Loop, kind: TellingKind, *, only: Collection[UUID] | None = None
) -> None:
    """Request a telling of a locked loop for everybody who can be told; the next one is due in 90 days.

    `only` names the feedback of the contributors to tell, if not all of them. The loop keeps its version,
    which everybody sees: counted there, requests would tell how many can be told, or gave no verdict.
    """
    at = now()
    tellings = [
        Telling(
            id=new_id(), loop_id=loop.id, feedback_id=copy.id, kind=kind, state="requested", requested_at=at
        )
        for copy in reachable_feedback(loop)
        if only is None or copy.id in only
    ]
    session.add_all(tellings)
    start_clock(loop, "update", at)
    requests = (requested_event(loop, telling) for telling in tellings)
    session.add_all(Outbox(**outbox_values(request, loop.version)) for request in requests)
    wake_after_commit(session)


async def request_reminders(session: AsyncSession, loop: Loop) -> None:
    """Remind the people who were asked for their verdict and have not given it."""
    asked = await queries.asked_ids(session, loop)
    answered = await queries.answered_refs(session, loop)
    silent = {copy.id for copy in loop.feedback if copy.id in asked and copy.reply_ref not in answered}
    request_tellings(session, loop, "verdict_reminder", only=silent)


def requested_event(loop: Loop, telling: Telling) -> LoopTellingRequested:
    """The event that asks for one contributor to be told."""
    return LoopTellingRequested(
        loop_id=loop.id,
        state=loop.state,
        organisation_id=loop.organisation_id,
        footprint_id=loop.footprint_id,
        demonstration=loop.demonstration,
        answer=loop.answer,
        judged_by=loop.judged_by,
        head=loop.history_head,
        length=loop.history_length,
        telling_id=telling.id,
        feedback_id=telling.feedback_id,
        kind=telling.kind,
    )
