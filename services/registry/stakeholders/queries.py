"""Statements that find stakeholders, by their words and by their consent."""

from collections.abc import Collection
from datetime import date
from functools import reduce
from uuid import UUID

from sqlalchemy import ColumnElement, Date, Select, func, literal_column, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.stakeholders.models import Stakeholder
from shared.clock import ENGLAND

# The parts of `words`, by their weight.
WEIGHTS = {"name": "A", "reaches": "B", "interests": "C"}


def select_stakeholders(
    day: date,
    footprints: Collection[UUID] | None,
    language: str | None,
    words: dict[str, str | None],
) -> Select[Stakeholder]:
    """Select the stakeholders that were registered by a day and had not ended.

    `words` by the part that must have them: `reaches`, `interests`, or `any`.
    """
    registered_on = func.timezone(ENGLAND.key, Stakeholder.registered_at).cast(Date)
    is_open = or_(Stakeholder.ended_on.is_(None), Stakeholder.ended_on >= day)
    found = select(Stakeholder).where(registered_on <= day, is_open)
    if footprints is not None:
        found = found.where(Stakeholder.footprints.bool_op("&&")(list(footprints)))
    if language:
        found = found.where(Stakeholder.languages.bool_op("@>")([language]))
    return found.where(*(has_words(given, part) for part, given in words.items() if given))


def has_words(given: str, part: str) -> ColumnElement[bool]:
    """True for stakeholders with a word that begins with each of the given ones, in a part or in any."""
    starts = "".join(c if c.isalnum() else " " for c in given).split()
    query = " & ".join(f"{start}:*{WEIGHTS.get(part, '')}" for start in starts)
    return Stakeholder.words.bool_op("@@")(func.to_tsquery("simple", query))


async def index_words(session: AsyncSession, stakeholder_id: UUID) -> None:
    """Save the words that find a stakeholder. Its own fields must be saved before."""
    texts = {
        "A": Stakeholder.name,
        "B": func.array_to_string(Stakeholder.reaches, " "),
        "C": func.array_to_string(Stakeholder.interests, " "),
    }
    words: list[ColumnElement[str]] = [
        func.setweight(func.to_tsvector("simple", text), literal_column(f"'{weight}'"))
        for weight, text in texts.items()
    ]
    whole = reduce(lambda before, after: before.op("||")(after), words)
    saved = update(Stakeholder).where(Stakeholder.id == stakeholder_id).values(words=whole)
    await session.execute(saved.execution_options(synchronize_session=False))


async def next_with_address(session: AsyncSession, *conditions: ColumnElement[bool]) -> Stakeholder | None:
    """The stakeholder with an address whose consent ends first, locked; skips those that others work on."""
    kept = select(Stakeholder).where(Stakeholder.address.is_not(None), *conditions)
    first = kept.order_by(Stakeholder.consent_expires_on, Stakeholder.id).limit(1)
    return await session.scalar(first.with_for_update(skip_locked=True))
