"""Which of the verdicts that one contributor's codes gave stands for them, and who witnesses it."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services.loop.models import Loop
from services.loop.records import Telling, Verdict
from services.loop.tellings.queries import EVER


async def witness_verdict(session: AsyncSession, loop: Loop, telling: Telling) -> None:
    """Mark the verdict as witnessed that was given with the code of a telling to an own address."""
    given = Verdict.loop_id == loop.id, Verdict.mailed_ref == telling.mailed_ref
    for verdict in (await session.scalars(select(Verdict).where(*given))).all():
        verdict.witnessed = True
        choose_standing(loop, await verdicts_by_person(session, loop.id, verdict.reply_ref))


async def verdicts_by_person(session: AsyncSession, loop_id: UUID, reply_ref: str) -> list[Verdict]:
    """What each code of a contributor gave on a loop, in the order in which they first did."""
    given = Verdict.loop_id == loop_id, Verdict.reply_ref == reply_ref
    return list(await session.scalars(select(Verdict).where(*given).order_by(Verdict.id)))


def choose_standing(loop: Loop, given: Sequence[Verdict]) -> None:
    """Let one verdict of a person stand: a mailed code's before a reply code's, a witnessed one before any.

    Of two mailed codes that nobody witnesses the first stands: the other came to a later address, or to that
    of a public body. A verdict from before people were last asked stands only where there is no other.
    """
    since = loop.verdict_opened_at or EVER
    standing = max(given, key=lambda each: rank_of(each, in_time=(each.changed_at or each.given_at) >= since))
    for verdict in given:
        verdict.outranked = verdict is not standing


def rank_of(verdict: Verdict, *, in_time: bool) -> tuple[bool, bool, bool]:
    """How much a verdict counts beside what other codes of the same person gave."""
    is_mailed = verdict.mailed_ref is not None
    return in_time, is_mailed and verdict.witnessed, is_mailed
