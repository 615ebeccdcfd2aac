"""Statements about suggestions: those that wait, those that a steward may see, and those to forget."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, and_, case, func, null, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.models import Body
from services.registry.stewards import kept_by
from services.registry.suggestions.models import Suggestion

# What two suggestions with the same meaning have in common: body, subject and value.
Sameness = tuple[UUID, str, str]
# What a steward no longer needs once a suggestion was refused.
FORGOTTEN = ("value", "role", "source_url", "note")


async def count_waiting(session: AsyncSession, body_id: UUID) -> int:
    """How many suggestions about a body wait. The next request that asks waits for this transaction."""
    turn = func.pg_advisory_xact_lock(func.hashtextextended(f"suggestions {body_id}", 0))
    await session.execute(select(turn))
    waiting = select(func.count()).where(Suggestion.body_id == body_id, Suggestion.state == "waiting")
    return await session.scalar(waiting) or 0


def select_suggestions(
    own: UUID | None, *, is_operator: bool, state: str | None = None, body_id: UUID | None = None
) -> Select[Suggestion]:
    """Select the suggestions that the stewards of a body may see. The operator's stewards see all."""
    found = select(Suggestion)
    if not is_operator:
        found = found.where(Suggestion.body_id.in_(select(Body.id).where(kept_by(own))))
    if state:
        found = found.where(Suggestion.state == state)
    return found.where(Suggestion.body_id == body_id) if body_id else found


def sameness_of(suggestion: Suggestion) -> Sameness:
    """What a suggestion shares with others that say the same, whatever their capital letters."""
    return suggestion.body_id, suggestion.what, (suggestion.value or "").lower()


async def count_same(session: AsyncSession, suggestions: Sequence[Suggestion]) -> Counter[Sameness]:
    """How many waiting suggestions say each of the things that these say."""
    says = func.lower(func.coalesce(Suggestion.value, ""))
    counted = (
        select(Suggestion.body_id, Suggestion.what, says, func.count())
        .where(Suggestion.state == "waiting", Suggestion.body_id.in_({each.body_id for each in suggestions}))
        .group_by(Suggestion.body_id, Suggestion.what, says)
    )
    return Counter({(body, what, value): n for body, what, value, n in await session.execute(counted)})


async def lapse_made_before(session: AsyncSession, instant: datetime) -> int:
    """Let suggestions lapse that were made before an instant, and empty them; how many there were."""
    lapsed = await session.execute(
        update(Suggestion)
        .where(Suggestion.state == "waiting", Suggestion.made_at < instant)
        .values(
            state="lapsed",
            version=Suggestion.version + 1,
            **dict.fromkeys((*FORGOTTEN, "channel", "purpose")),
        )
        .returning(Suggestion.id)
    )
    return len(lapsed.all())


async def forget_decided_before(session: AsyncSession, instant: datetime) -> int:
    """Empty suggestions that were decided before an instant; how many there were.

    A refused one loses all that it said, an accepted one its note.
    """
    is_refused = Suggestion.state == "refused"
    still_says = or_(Suggestion.value.is_not(None), Suggestion.source_url.is_not(None))
    kept = {name: case((is_refused, null()), else_=getattr(Suggestion, name)) for name in FORGOTTEN}
    emptied = await session.execute(
        update(Suggestion)
        .where(Suggestion.decided_at < instant, Suggestion.state.not_in(("waiting", "lapsed")))
        .where(or_(Suggestion.note.is_not(None), and_(is_refused, still_says)))
        .values(**kept | {"note": None})
        .returning(Suggestion.id)
    )
    return len(emptied.all())
