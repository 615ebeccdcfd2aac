"""When a body opened and when it closed: what is said of it ends with it, and its memberships as well."""

from collections import Counter
from datetime import date, timedelta

from pydantic import TypeAdapter, ValidationError

from services.registry.bodies import records
from services.registry.bodies.errors import ClosedAlready
from services.registry.bodies.one_board import refuse_two_boards
from services.registry.bodies.schemas import Correction, Ending, Left, SaidDay
from services.registry.bodies.writing import Writing, begin
from services.registry.ledger.acts import bodies_of
from services.registry.ledger.views import BodyOnDay, Role
from services.registry.models import BodyCode, BodyName, Boundary, Dated, LegalForm, Relation
from services.registry.stewards import AnyEdit
from shared.errors import invalid

DAY = timedelta(days=1)
A_DAY: TypeAdapter[date | None] = TypeAdapter(SaidDay | None)
WORDS: dict[type[Dated], str] = {
    BodyName: "A name",
    BodyCode: "A code",
    LegalForm: "A legal form",
    Boundary: "A boundary",
    Relation: "A relation",
}


async def end_body(change: AnyEdit, ref: str, role: Role, given: Ending) -> tuple[BodyOnDay, list[Left]]:
    """Close a body: what is said of it and its relations end with it; also what still refers to it."""
    work = await begin(change, ref, role, given, with_related=True, wholly=True)
    if work.body.closed_on:
        raise ClosedAlready
    ended = await close(work, given.closed_on, "/closed_on")
    left = Counter(each.kind for each in ended if isinstance(each, Relation))
    left.update(await records.count_left(work.session, work.body.id, given.closed_on))
    still = [Left(what=what, count=count) for what, count in sorted(left.items()) if count]
    return await work.publish(), still


async def correct_day(change: AnyEdit, ref: str, role: Role, given: Correction) -> BodyOnDay:
    """Say on which other day a body opened or closed, or that it has not closed."""
    work = await begin(change, ref, role, given, with_related=True, wholly=True)
    sent = given.model_fields_set
    if sent & {"valid_on", "valid_from", "valid_to"} or "value" not in sent:
        raise invalid("/value", "Say the day alone, as `value`.")
    try:
        day = A_DAY.validate_python(given.value)
    except ValidationError as error:
        raise invalid("/value", "It must be a day, such as 2026-04-01.") from error
    before: date | None = getattr(work.body, given.fact)
    if day == before:
        raise invalid("/value", "It already says this: there is nothing to correct.")
    if given.fact == "opened_on":
        await reopen(work, day)
    elif before is None:
        raise invalid("/fact", "It has not closed: say that it closes at `…/ending`.")
    else:
        await close(work, day, "/value")
    return await work.publish()


async def close(work: Writing, day: date | None, pointer: str) -> list[Dated]:
    """Let a body close on a day, or on none, and with it what ended, or is to end, together with it.

    Returns what got another last day.
    """
    body, before = work.body, work.body.closed_on
    if day and body.opened_on and day < body.opened_on:
        raise invalid(pointer, f"It opened on {body.opened_on}: name that day or a later one.")
    succession = await records.succession_of(work.session, body)
    if succession and (day is None or day + DAY != succession):
        raise invalid(pointer, f"Its successors take over on {succession}: its last day is the one before.")
    said = await records.all_said_of(work.session, [body.id])
    for each in said:
        if day and each.first_day > day:
            detail = f"{WORDS[type(each)]} is said from {each.valid_from} on: correct that first."
            raise invalid(pointer, detail)
    ended = [each for each in said if each.valid_to == before or (day and each.last_day > day)]
    others = await records.bodies(work.session, bodies_of(ended) - {body.id})
    for each in ended:
        lasts = [day, *(others[other].closed_on for other in each.concerned & others.keys())]
        restate_day(work, each, "valid_to", min((last for last in lasts if last), default=None))
    body.closed_on, body.is_closing_day_known, body.dated_by_hand = day, True, True
    await work.refuse_codes_of_others(*ended)
    await refuse_two_boards(work.session, pointer, ended)
    return ended


async def reopen(work: Writing, day: date | None) -> None:
    """Let a body have opened on another day, and with it what began together with it."""
    body, before = work.body, work.body.opened_on
    if day is None:
        raise invalid("/value", "Say on which day it opened.")
    if body.closed_on and day > body.closed_on:
        raise invalid("/value", f"It closed on {body.closed_on}: name that day or an earlier one.")
    if await records.is_successor_from(work.session, body, before):
        raise invalid("/value", "It opened with a declared succession: correct that.")
    said = await records.all_said_of(work.session, [body.id])
    for each in said:
        if each.last_day < day:
            detail = f"{WORDS[type(each)]} ended on {each.valid_to}, before that: correct that first."
            raise invalid("/value", detail)
    begun = [each for each in said if each.valid_from == before or date.min < each.first_day < day]
    others = await records.bodies(work.session, bodies_of(begun) - {body.id})
    for each in begun:
        firsts = [day, *(others[other].opened_on for other in each.concerned & others.keys())]
        restate_day(work, each, "valid_from", max(first for first in firsts if first))
    body.opened_on, body.dated_by_hand = day, True
    await work.refuse_codes_of_others(*begun)
    await refuse_two_boards(work.session, "/value", begun)


def restate_day(work: Writing, fact: Dated, name: str, day: date | None) -> None:
    """Let a fact or a relation have another first or last day; whose relation it is changes as well."""
    if getattr(fact, name) != day:
        work.ledger.restate(fact, **{name: day})
        if isinstance(fact, Relation):
            work.others.add(fact.from_id)
