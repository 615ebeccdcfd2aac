"""What became of tellings, and when enough people are told for their verdicts to be asked."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.loop.history.chain import BY_RULE
from services.loop.history.domain import texts_in
from services.loop.loops.attempts import Attempt, Who
from services.loop.loops.handling import begin
from services.loop.loops.table import advance
from services.loop.models import Loop
from services.loop.records import GroupTelling, Telling
from services.loop.tellings import queries
from services.loop.tellings.domain import request_tellings
from services.loop.tellings.schemas import NewGroupTelling
from shared.clock import now, today
from shared.db import locked
from shared.disclosure import held_back
from shared.events import Envelope
from shared.events.feedback import TellingDelivered, TellingFact, TellingFailed, TellingHeld
from shared.ids import new_id

TOLD_SHARE = 0.9
OPEN = ("requested", "held")
# Who wants no mail, or has no address that works, cannot be told: they count as unreachable.
UNREACHABLE = ("suppressed", "not_permitted", "address_refused")


@dataclass(frozen=True, slots=True)
class Count:
    """How far the telling of an outcome has come."""

    told: frozenset[UUID]
    reachable: int
    waiting: int
    groups: int

    @property
    def is_enough(self) -> bool:
        """Whether verdicts are asked for: nine in ten are told, or all tries are over.

        Where nobody can be told, people have to be told together.
        """
        if not self.told:
            return self.waiting == 0 and self.groups > 0
        return self.waiting == 0 or len(self.told) / self.reachable >= TOLD_SHARE


async def counted(session: AsyncSession, loop: Loop) -> Count:
    """Return how far the telling of the outcome has come in this round."""
    tellings = await queries.tellings_of_outcome(session, loop)
    return Count(
        told=frozenset(each.feedback_id for each in tellings if each.state == "delivered"),
        reachable=sum(each.reason not in UNREACHABLE for each in tellings),
        waiting=sum(each.state in OPEN for each in tellings),
        groups=len(await queries.group_tellings(session, loop, loop.verdict_opened_at)),
    )


async def delivered(session: AsyncSession, event: TellingDelivered, _: Envelope) -> None:
    """Mark a telling as delivered; who hears of the outcome late is asked late."""
    marked = await mark(session, event, "delivered", in_format=event.in_format)
    if marked is None:
        return
    loop, telling = marked
    if loop.state == "verdict_open" and telling.kind in queries.FINAL:
        await request_tellings(session, loop, "verdict_asked", only={telling.feedback_id})
    await open_verdicts(session, loop)


async def failed(session: AsyncSession, event: TellingFailed, _: Envelope) -> None:
    """Mark a telling as failed for good, or as not wanted."""
    state = "suppressed" if event.reason == "suppressed" else "failed"
    if marked := await mark(session, event, state, reason=event.reason):
        await open_verdicts(session, marked[0])


async def held(session: AsyncSession, event: TellingHeld, _: Envelope) -> None:
    """Mark a telling as held."""
    await mark(session, event, "held", reason=event.reason)


async def mark(
    session: AsyncSession,
    event: TellingFact,
    state: str,
    *,
    reason: str | None = None,
    in_format: str | None = None,
) -> tuple[Loop, Telling] | None:
    """Keep what became of a telling; None when it is not known here or has come to its end already."""
    if await session.get(Telling, event.telling_id) is None:
        return None
    loop = await locked(session, Loop, event.loop_id)
    telling = await session.get_one(Telling, event.telling_id, populate_existing=True)
    if telling.state not in OPEN:
        return None
    telling.state, telling.reason, telling.in_format, telling.at = state, reason, in_format, now()
    return loop, telling


async def open_verdicts(session: AsyncSession, loop: Loop) -> None:
    """Ask for verdicts on a locked loop as soon as enough people are told what came of it."""
    if loop.state != "telling":
        return
    await session.flush()
    count = await counted(session, loop)
    if not count.is_enough:
        return
    told, loop.told_at = len(count.told), now()
    facts = {"told": held_back(told), "reachable": held_back(count.reachable), "groups": count.groups}
    numbers = {"told": told, "reachable": count.reachable}
    await advance(session, "telling", Attempt(loop=loop, by=BY_RULE, on=today()), told=numbers, facts=facts)
    await request_tellings(session, loop, "verdict_asked", only=count.told)


async def tell_group(
    session: AsyncSession, who: Who, loop_id: UUID, given: NewGroupTelling
) -> tuple[Loop, GroupTelling]:
    """Log that people were told together; where nobody can be told alone, verdicts are asked for then."""
    loop = await begin(session, who, loop_id)
    row = GroupTelling(
        id=new_id(), loop_id=loop.id, logged_at=now(), **given.model_dump(), **who.by.columns()
    )
    attempt = Attempt(loop=loop, by=who.by, on=today(), given=given)
    facts = {"group_telling": row.id, "held_on": given.held_on, "people": held_back(given.people)}
    await advance(
        session, "group_telling", attempt, told={"people": given.people}, facts=facts,
        texts=texts_in(row, "way", "note"),
    )  # fmt: skip
    session.add(row)
    await open_verdicts(session, loop)
    return loop, row
