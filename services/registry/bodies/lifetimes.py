"""When a body opened and when it closed: what is said of it ends with it, and its memberships as well."""

from collections import Counter
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from pydantic import TypeAdapter, ValidationError
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.bodies import records
from services.registry.bodies.domain import publish_bodies
from services.registry.bodies.errors import ClosedAlready
from services.registry.bodies.schemas import Correction, Ending, Left, SaidDay
from services.registry.bodies.slots import begins, ends
from services.registry.bodies.writing import Asked, Writing, begin, refuse_taken
from services.registry.ledger.views import BodyOnDay
from services.registry.models import Body, BodyCode, Dated, Relation
from shared.errors import invalid

DAY = timedelta(days=1)
A_DAY: TypeAdapter[date] = TypeAdapter(SaidDay)
WORDS = {"BodyName": "A name", "BodyCode": "A code", "LegalForm": "A legal form", "Boundary": "A boundary"}


async def end_body(session: AsyncSession, asked: Asked, given: Ending) -> tuple[BodyOnDay, list[Left]]:
    """Close a body: what is said of it and its relations end with it. Return what refers to it still."""
    work = await begin(session, asked, with_related=True, wholly=True)
    if work.body.closed_on:
        raise ClosedAlready
    ended = await close(work, given.closed_on, "/closed_on")
    left = Counter(each.kind for each in ended if isinstance(each, Relation))
    left.update(await records.contacts_left(session, work.body.id, given.closed_on))
    still = [Left(what=what, count=count) for what, count in sorted(left.items()) if count]
    return (await publish_bodies(session, work.changed, asked.act))[work.body.id], still


async def correct(work: Writing, given: Correction) -> None:
    """Say on which other day a body opened or closed, or that it has not closed."""
    if (
        given.model_fields_set & {"valid_on", "valid_from", "valid_to"}
        or "value" not in given.model_fields_set
    ):
        raise invalid("/value", "Say the day alone, as `value`.")
    day = day_of(given.value)
    before: date | None = getattr(work.body, given.fact)
    if day == before:
        raise invalid("/value", "That is what it says already: nothing is to be corrected.")
    if given.fact == "opened_on":
        await reopen_from(work, day)
    elif before is None:
        raise invalid("/fact", "It has not closed: say that it closes at `…/ending`.")
    else:
        await close(work, day, "/value")


def day_of(given: str | None) -> date | None:
    """Return the day that a correction gives; Invalid when it is none."""
    try:
        return None if given is None else A_DAY.validate_python(given)
    except ValidationError as error:
        raise invalid("/value", "It has to be a day, such as 2026-04-01.") from error


async def close(work: Writing, day: date | None, pointer: str) -> list[Dated]:
    """Let a body close on a day, or on none, and with it what ended, or is to end, together with it.

    Return what got another last day.
    """
    body, before = work.body, work.body.closed_on
    if day and body.opened_on and day < body.opened_on:
        raise invalid(pointer, f"It opened on {body.opened_on}: name that day or a later one.")
    await refuse_other_succession(work, day, pointer)
    facts, links = await all_of(work)
    for each in [*facts, *links]:
        if day and begins(each) > day:
            raise invalid(pointer, f"{in_words(each)} is said from {each.valid_from} on: correct that first.")
    ended = [each for each in [*facts, *links] if each.valid_to == before or (day and ends(each) > day)]
    limits = await records.closings(work.session, others_of(ended, body))
    for each in ended:
        last = min((d for d in (day, limits.get(other_of(each, body))) if d), default=None)
        restate_days(work, each, valid_to=last)
    body.closed_on, body.dated_by_hand = day, True
    await refuse_codes_of_others(work, ended)
    return ended


async def reopen_from(work: Writing, day: date | None) -> None:
    """Let a body have opened on another day, and with it what began together with it."""
    body, before = work.body, work.body.opened_on
    if day is None:
        raise invalid("/value", "Say on which day it opened.")
    if body.closed_on and day > body.closed_on:
        raise invalid("/value", f"It closed on {body.closed_on}: name that day or an earlier one.")
    if body.is_footprint and await records.is_successor_from(work.session, body.id, before):
        raise invalid("/value", "It opened with a declared succession: correct that.")
    facts, links = await all_of(work)
    for each in [*facts, *links]:
        if ends(each) < day:
            raise invalid(
                "/value", f"{in_words(each)} ended on {each.valid_to}, before that: correct that first."
            )
    begun = [each for each in [*facts, *links] if each.valid_from == before or date.min < begins(each) < day]
    limits = await records.openings(work.session, others_of(begun, body))
    for each in begun:
        restate_days(work, each, valid_from=max(day, limits.get(other_of(each, body)) or day))
    body.opened_on, body.dated_by_hand = day, True
    await refuse_codes_of_others(work, begun)


async def refuse_other_succession(work: Writing, day: date | None, pointer: str) -> None:
    """Refuse that a footprint closes on another day than the one before its successors take over."""
    if not work.body.is_footprint:
        return
    on = await records.succession_of(work.session, work.body.id)
    if on and (day is None or day + DAY != on):
        raise invalid(pointer, f"Its successors take over on {on}: its last day is the one before.")


async def all_of(work: Writing) -> tuple[list[Dated], list[Relation]]:
    """Return all that is said of a body, and its relations, save those to its successors."""
    return (
        await records.all_facts(work.session, work.body.id),
        await records.all_relations(work.session, work.body.id),
    )


def restate_days(work: Writing, row: Dated, **values: Any) -> None:
    """Let a fact or a relation have other days; whose relation it is hears of it."""
    if any(getattr(row, name) != value for name, value in values.items()):
        work.ledger.restate(row, **values)
        if isinstance(row, Relation):
            work.others.add(row.from_id)


def other_of(row: Dated, body: Body) -> UUID | None:
    """Return the other body of a relation; None for a fact."""
    if not isinstance(row, Relation):
        return None
    return row.to_id if row.from_id == body.id else row.from_id


def others_of(rows: Sequence[Dated], body: Body) -> set[UUID]:
    """Return the other bodies of relations."""
    return {other for each in rows if (other := other_of(each, body))}


def in_words(row: Dated) -> str:
    """Return what a fact is, in words."""
    return WORDS.get(type(row).__name__, "A relation")


async def refuse_codes_of_others(work: Writing, rows: Sequence[Dated]) -> None:
    """Refuse that a body has a code again that another has meanwhile."""
    codes = [each for each in rows if isinstance(each, BodyCode)]
    for each in sorted(codes, key=lambda row: (row.scheme, row.code)):
        named = [(each.scheme, each.code)]
        await refuse_taken(work.session, named, each.valid_from, each.valid_to, but=work.body.id)
