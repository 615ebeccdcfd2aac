"""The results of tellings, and when enough people are told to ask for their verdicts."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.loop.core.access import begin, lock_loop
from services.loop.core.attempts import attempt_by_rule, attempt_of
from services.loop.core.steps import Effect, judge, take
from services.loop.history.domain import texts_of
from services.loop.models import Loop
from services.loop.records import GroupTelling, Telling
from services.loop.tellings import queries
from services.loop.tellings.domain import request_tellings
from services.loop.tellings.schemas import NewGroupTelling
from services.loop.tellings.steps import GROUP_TELLING, TELLING
from services.loop.tellings.witnessing import witness_verdict
from shared.change_request import AttributedEditRequest
from shared.clock import now
from shared.disclosure import HELD, public_count
from shared.events import Envelope
from shared.events.feedback import TellingDelivered, TellingFact, TellingFailed, TellingHeld
from shared.ids import new_id

TOLD_SHARE = 0.9
OPEN = ("requested", "held")
# People who want no mail, or whose address does not work, cannot be told.
UNREACHABLE = ("suppressed", "not_permitted", "address_refused")


@dataclass(frozen=True, slots=True)
class TellingProgress:
    """How many people have been told the outcome of a loop."""

    told: frozenset[UUID]
    reachable: int
    waiting: int
    groups: int

    @property
    def is_enough(self) -> bool:
        """Whether to ask for verdicts: nine in ten are told, or all tries are over.

        Where nobody can be told alone, people must be told together.
        """
        if not self.told:
            return self.waiting == 0 and self.groups > 0
        return self.waiting == 0 or len(self.told) / self.reachable >= TOLD_SHARE


def count_tellings(tellings: Sequence[Telling], groups: int) -> TellingProgress:
    """How many people these tellings have reached, beside this number of group tellings."""
    return TellingProgress(
        told=frozenset(each.feedback_id for each in tellings if each.state == "delivered"),
        reachable=sum(each.reason not in UNREACHABLE for each in tellings),
        waiting=sum(each.state in OPEN for each in tellings),
        groups=groups,
    )


async def record_delivery(session: AsyncSession, event: TellingDelivered, _: Envelope) -> None:
    """Mark a telling as delivered; a contributor who is told late is asked for a verdict late."""
    marked = await mark_telling(session, event, "delivered", in_format=event.in_format)
    if marked is None:
        return
    loop, telling = marked
    telling.own_address, telling.mailed_ref = event.own_address, event.mailed_ref
    # What closed loops show never changes: a reader would compare, and learn what one person said.
    if event.own_address and event.mailed_ref and loop.state != "closed":
        await witness_verdict(session, loop, telling)
    if loop.state == "verdict_open" and telling.kind in queries.FINAL:
        request_tellings(session, loop, "verdict_asked", only={telling.feedback_id})
    await open_verdicts(session, loop)


async def record_failure(session: AsyncSession, event: TellingFailed, _: Envelope) -> None:
    """Mark a telling as finally failed, or as not wanted."""
    state = "suppressed" if event.reason == "suppressed" else "failed"
    if marked := await mark_telling(session, event, state, reason=event.reason):
        await open_verdicts(session, marked[0])


async def record_hold(session: AsyncSession, event: TellingHeld, _: Envelope) -> None:
    """Mark a telling as held."""
    await mark_telling(session, event, "held", reason=event.reason)


async def mark_telling(
    session: AsyncSession,
    event: TellingFact,
    state: str,
    *,
    reason: str | None = None,
    in_format: str | None = None,
) -> tuple[Loop, Telling] | None:
    """Store the result of a telling; None when it is not known here or has already ended."""
    if await session.get(Telling, event.telling_id) is None:
        return None
    loop = await lock_loop(session, event.loop_id)
    telling = await session.get_one(Telling, event.telling_id, populate_existing=True)
    if telling.state not in OPEN:
        return None
    telling.state, telling.reason, telling.in_format, telling.at = state, reason, in_format, now()
    return loop, telling


async def open_verdicts(session: AsyncSession, loop: Loop) -> None:
    """Ask for verdicts on a locked loop when enough people have been told the outcome."""
    if loop.state != "telling":
        return
    await session.flush()
    groups = await queries.group_tellings(session, loop, loop.verdict_opened_at)
    progress = count_tellings(await queries.final_tellings(session, loop), len(groups))
    if not progress.is_enough:
        return
    judged = judge(TELLING, attempt_by_rule(loop))
    told, reachable, loop.told_at = len(progress.told), progress.reachable, now()
    # From one round to the next, and from here to what the closed loop shows, it would tell of one person.
    facts = {"told": HELD, "reachable": HELD, "groups": progress.groups}
    take(session, judged, Effect(fields={"told": told, "reachable": reachable}, facts=facts))
    request_tellings(session, loop, "verdict_asked", only=progress.told)


async def store_group_telling(
    change: AttributedEditRequest, loop_id: UUID, new: NewGroupTelling
) -> tuple[Loop, GroupTelling]:
    """Log that people were told together; where nobody can be told alone, verdicts open then."""
    loop = await begin(GROUP_TELLING, change, loop_id)
    attempt = attempt_of(change, loop, new)
    judged = judge(GROUP_TELLING, attempt)
    telling = GroupTelling(
        id=new_id(), loop_id=loop.id, logged_at=now(), **new.model_dump(), **attempt.by.columns()
    )
    facts = {"group_telling": telling.id, "held_on": new.held_on, "people": public_count(new.people)}
    effect = Effect(fields={"people": new.people}, facts=facts, texts=await texts_of(telling))
    change.session.add(telling)
    take(change.session, judged, effect)
    await open_verdicts(change.session, loop)
    return loop, telling
