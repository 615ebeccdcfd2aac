"""Stakeholders: which there are, and whose consent comes to its end."""

from collections.abc import Collection
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Date, Select, and_, func, literal_column, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.stakeholders.models import Stakeholder
from shared.clock import ENGLAND


def stakeholders_on(
    day: date,
    *,
    footprints: Collection[UUID] | None,
    reaches: str | None,
    interest: str | None,
    language: str | None,
    words: str | None,
) -> Select[Any]:
    """Select the stakeholders that were registered by a day and had not ended."""
    registered_on = func.timezone(ENGLAND.key, Stakeholder.registered_at).cast(Date)
    wanted = select(Stakeholder).where(
        registered_on <= day,
        or_(Stakeholder.ended_on.is_(None), Stakeholder.ended_on >= day),
    )
    if footprints is not None:
        wanted = wanted.where(Stakeholder.footprints.bool_op("&&")(list(footprints)))
    if language:
        wanted = wanted.where(Stakeholder.languages.bool_op("@>")([language]))
    for given, part in ((reaches, "B"), (interest, "C"), (words, "")):
        if given:
            wanted = wanted.where(says(given, part))
    return wanted


def says(words: str, part: str) -> ColumnElement[bool]:
    """Hold for those in which each of these begins a word: of their name (A), reach (B), interests (C)."""
    asked = "".join(c if c.isalnum() else " " for c in words).split()
    return Stakeholder.words.bool_op("@@")(
        func.to_tsquery("simple", " & ".join(f"{each}:*{part}" for each in asked))
    )


async def index_words(session: AsyncSession, stakeholder_id: UUID) -> None:
    """Keep the words by which a stakeholder is found; what it says has to be saved."""
    parts = (
        (Stakeholder.name, "'A'"),
        (func.array_to_string(Stakeholder.reaches, " "), "'B'"),
        (func.array_to_string(Stakeholder.interests, " "), "'C'"),
    )
    first, *rest = (
        func.setweight(func.to_tsvector("simple", text), literal_column(weight)) for text, weight in parts
    )
    words: Any = first
    for each in rest:
        words = words.op("||")(each)
    saved = update(Stakeholder).where(Stakeholder.id == stakeholder_id).values(words=words)
    await session.execute(saved.execution_options(synchronize_session=False))


async def next_to_expire(session: AsyncSession, until: date) -> Stakeholder | None:
    """Return one whose consent ends by a day and that was not told of, locked; None without."""
    untold = and_(Stakeholder.address.is_not(None), Stakeholder.expiring_told_at.is_(None))
    return await locked_one(session, and_(untold, Stakeholder.consent_expires_on <= until))


async def next_to_erase(session: AsyncSession, before: date) -> Stakeholder | None:
    """Return one whose consent ended before a day and whose address is still kept, locked; None without."""
    kept = Stakeholder.address.is_not(None)
    return await locked_one(session, and_(kept, Stakeholder.consent_expires_on < before))


async def locked_one(session: AsyncSession, wanted: ColumnElement[bool]) -> Stakeholder | None:
    """Return the first that nobody else is at work on."""
    found = select(Stakeholder).where(wanted).order_by(Stakeholder.consent_expires_on, Stakeholder.id)
    return await session.scalar(found.limit(1).with_for_update(skip_locked=True))
