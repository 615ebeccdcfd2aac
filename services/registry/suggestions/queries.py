"""Statements about suggestions: those that wait, those that a steward may see, and those to forget."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
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


class Waiting(NamedTuple):
    """How many suggestions wait."""

    about_body: int
    of_sender_about_body: int
    of_sender: int


class Swept(NamedTuple):
    """A suggestion that was chosen with others."""

    body_id: UUID
    sender: str | None


async def count_waiting(session: AsyncSession, body_id: UUID, sender: str) -> Waiting:
    """How many suggestions about a body, and of a sender, wait. The next who asks waits for this transaction.

    Everybody takes the body's turn before the sender's, so that no two wait for each other.
    """
    for name in (f"suggestions {body_id}", f"suggestions of {sender}"):
        await session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(name, 0))))
    about_body, of_sender = Suggestion.body_id == body_id, Suggestion.sender == sender
    each = (about_body, and_(about_body, of_sender), of_sender)
    counted = select(*(func.count().filter(wanted) for wanted in each)).where(
        Suggestion.state == "waiting", or_(about_body, of_sender)
    )
    found = (await session.execute(counted)).one()
    return Waiting(found[0], found[1], found[2])


def select_suggestions(
    own: UUID | None, *, sees_all: bool, state: str | None = None, body_id: UUID | None = None
) -> Select[Suggestion]:
    """Select the suggestions that the stewards of a body may see. The operator's stewards see all."""
    found = select(Suggestion)
    if not sees_all:
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


async def count_of_senders(
    session: AsyncSession, suggestions: Sequence[Suggestion]
) -> Counter[tuple[UUID, str | None]]:
    """How many waiting suggestions each of the senders of these made about the same body."""
    counted = (
        select(Suggestion.body_id, Suggestion.sender, func.count())
        .where(
            Suggestion.state == "waiting",
            Suggestion.body_id.in_({each.body_id for each in suggestions}),
            Suggestion.sender.in_({each.sender for each in suggestions if each.sender}),
        )
        .group_by(Suggestion.body_id, Suggestion.sender)
    )
    return Counter({(body, sender): n for body, sender, n in await session.execute(counted)})


async def find_chosen(session: AsyncSession, chosen: Select[Suggestion]) -> list[Swept]:
    """The suggestions that a sweep would refuse."""
    found = await session.execute(chosen.with_only_columns(Suggestion.body_id, Suggestion.sender))
    return [Swept(*each) for each in found]


async def change_state(
    session: AsyncSession, chosen: Select[Suggestion], state: str, **values: object
) -> list[Swept]:
    """Give the chosen suggestions another state in one step, and say which they were.

    They are locked in the order of their ids, so that two sweeps do not wait for each other; what a steward
    decides meanwhile is no longer chosen.
    """
    ids = chosen.with_only_columns(Suggestion.id).order_by(Suggestion.id).with_for_update()
    changed = await session.execute(
        update(Suggestion)
        .where(Suggestion.id.in_(ids))
        .values(state=state, version=Suggestion.version + 1, **values)
        .returning(Suggestion.body_id, Suggestion.sender)
        .execution_options(synchronize_session=False)
    )
    return [Swept(*each) for each in changed]


async def forget_senders_before(session: AsyncSession, instant: datetime) -> int:
    """Forget who made suggestions before an instant; how many there were."""
    forgotten = await session.execute(
        update(Suggestion)
        .where(Suggestion.sender.is_not(None), Suggestion.made_at < instant)
        .values(sender=None)
        .returning(Suggestion.id)
    )
    return len(forgotten.all())


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
