"""Suggestions: those that wait, those that a steward may see, and those whose words are forgotten."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, and_, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.models import Body
from services.registry.stewards import kept_by
from services.registry.suggestions.models import Suggestion

# What two that say the same have in common.
Sameness = tuple[UUID, str, str]
SAYS = func.lower(func.coalesce(Suggestion.value, ""))


async def waiting_about(session: AsyncSession, body_id: UUID) -> int:
    """Return how many suggestions about a body wait; whoever asks next waits for this transaction."""
    turn = func.pg_advisory_xact_lock(func.hashtextextended(f"suggestions {body_id}", 0))
    await session.execute(select(turn))
    waiting = select(func.count()).where(Suggestion.body_id == body_id, Suggestion.state == "waiting")
    return await session.scalar(waiting) or 0


def listed(own: UUID | None, everything: bool, state: str | None, body_id: UUID | None) -> Select[Suggestion]:
    """Select the suggestions that the stewards of a body may see; the operator's see all."""
    wanted = select(Suggestion)
    if not everything:
        wanted = wanted.where(Suggestion.body_id.in_(select(Body.id).where(kept_by(own))))
    if state:
        wanted = wanted.where(Suggestion.state == state)
    return wanted.where(Suggestion.body_id == body_id) if body_id else wanted


async def with_ref(session: AsyncSession, code_ref: str) -> Suggestion | None:
    """Return the suggestion that a code is of."""
    found: Suggestion | None = await session.scalar(select(Suggestion).where(Suggestion.code_ref == code_ref))
    return found


async def alike(session: AsyncSession, found: Sequence[Suggestion]) -> dict[Sameness, int]:
    """Return how many suggestions that wait say each of the things that these say."""
    counted = (
        select(Suggestion.body_id, Suggestion.what, SAYS, func.count())
        .where(Suggestion.state == "waiting", Suggestion.body_id.in_({each.body_id for each in found}))
        .group_by(Suggestion.body_id, Suggestion.what, SAYS)
    )
    return {(body, what, says): number for body, what, says, number in await session.execute(counted)}


async def let_lapse_made_before(session: AsyncSession, instant: datetime) -> int:
    """Let suggestions that were made before an instant wait no longer, empty them, and return how many."""
    emptied = dict.fromkeys(("value", "role", "channel", "purpose", "source_url", "note"))
    lapsed = await session.execute(
        update(Suggestion)
        .where(Suggestion.state == "waiting", Suggestion.made_at < instant)
        .values(state="lapsed", version=Suggestion.version + 1, **emptied)
        .returning(Suggestion.id)
    )
    return len(lapsed.all())


async def forget_decided_before(session: AsyncSession, instant: datetime) -> int:
    """Empty what was said in suggestions that were decided before an instant, and return how many there were.

    Of what was accepted the note goes, of what was refused everything.
    """
    old = and_(Suggestion.decided_at < instant, Suggestion.state != "waiting")
    refused = Suggestion.state == "refused"
    said = or_(Suggestion.value.is_not(None), Suggestion.source_url.is_not(None))
    emptied = await session.execute(
        update(Suggestion)
        .where(old, refused, or_(said, Suggestion.note.is_not(None)))
        .values(value=None, role=None, source_url=None, note=None)
        .returning(Suggestion.id)
    )
    noted = await session.execute(
        update(Suggestion)
        .where(old, ~refused, Suggestion.note.is_not(None))
        .values(note=None)
        .returning(Suggestion.id)
    )
    return len(emptied.all()) + len(noted.all())
