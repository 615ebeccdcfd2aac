"""Saying what is so of a body from a day on, and correcting what was said wrongly."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.bodies import lifetimes, records
from services.registry.bodies.domain import publish_bodies
from services.registry.bodies.schemas import Correction, NewFact
from services.registry.bodies.slots import SLOTS, Slot, begins, ends
from services.registry.bodies.writing import Asked, Writing, begin, refuse_taken
from services.registry.ledger.views import BodyOnDay
from services.registry.models import Body, Dated
from shared.clock import today
from shared.errors import invalid

DAY = timedelta(days=1)
LIFE = ("opened_on", "closed_on")


async def say_fact(session: AsyncSession, asked: Asked, new: NewFact) -> BodyOnDay:
    """Say what a body is from a day on; what it was before ends the day before."""
    slot = SLOTS[new.fact]
    work = await begin(session, asked, wholly=slot.scheme is not None)
    value = slot.read(new.value)
    facts = await records.facts(session, work.body.id, slot)
    last = facts[-1] if facts else None
    refuse_day(work.body, last, new.valid_from)
    if last and ends(last) >= new.valid_from:
        if slot.value_of(last) == value:
            raise invalid("/value", "It is this already.")
        work.ledger.restate(last, valid_to=new.valid_from - DAY)
    fact = slot.row(work.body, value, new.valid_from)
    await refuse_code_of_another(work, slot, fact)
    work.ledger.say(fact)
    return (await publish_bodies(session, work.changed, asked.act))[work.body.id]


def refuse_day(body: Body, last: Dated | None, since: date) -> None:
    """Refuse a day on which the body was not open, or before what was said last began."""
    if body.opened_on and since < body.opened_on:
        raise invalid("/valid_from", f"It opened on {body.opened_on}: name that day or a later one.")
    if body.closed_on and since > body.closed_on:
        raise invalid("/valid_from", f"It closed on {body.closed_on}: name that day or an earlier one.")
    if last and begins(last) >= since:
        raise invalid(
            "/valid_from",
            f"Something is said from {last.valid_from} on already: name a later day, or correct that.",
        )


async def refuse_code_of_another(work: Writing, slot: Slot, *facts: Dated) -> None:
    """Refuse codes that another body has on days on which this one is to have them."""
    if slot.scheme is None:
        return
    for fact in sorted(facts, key=slot.value_of):
        codes = [(slot.scheme, slot.value_of(fact))]
        await refuse_taken(work.session, codes, fact.valid_from, fact.valid_to, but=work.body.id)


async def correct_fact(session: AsyncSession, asked: Asked, given: Correction) -> BodyOnDay:
    """Say what should have been said instead; what was said stays in the history."""
    if given.fact in LIFE:
        work = await begin(session, asked, with_related=True, wholly=True)
        await lifetimes.correct(work, given)
        return (await publish_bodies(session, work.changed, asked.act))[work.body.id]
    slot = SLOTS[given.fact]
    work = await begin(session, asked, wholly=slot.scheme is not None)
    facts = await records.facts(session, work.body.id, slot)
    place = place_of_fact_on(facts, given.valid_on or day_in(work.body, today()))
    changes = changes_of(slot, work.body, facts[place], given)
    if given.value is None and "value" in given.model_fields_set:
        await withdraw(work, slot, facts, place)
    else:
        await restate(work, slot, facts, place, changes)
    return (await publish_bodies(session, work.changed, asked.act))[work.body.id]


def day_in(body: Body, day: date) -> date:
    """Return a day, or the nearest to it on which the body was open."""
    return max(min(day, body.closed_on or date.max), body.opened_on or date.min)


def place_of_fact_on(facts: Sequence[Dated], day: date) -> int:
    """Return the place of the fact that holds on a day; Invalid when none does."""
    for place, fact in enumerate(facts):
        if begins(fact) <= day <= ends(fact):
            return place
    raise invalid("/valid_on", f"Nothing is said of this on {day}: its history tells on which days.")


def changes_of(slot: Slot, body: Body, fact: Dated, given: Correction) -> dict[str, Any]:
    """Return what a correction changes in a fact; Invalid when that is nothing."""
    sent = given.model_fields_set
    if "value" in sent and given.value is None:
        if sent & {"valid_from", "valid_to"}:
            raise invalid("/value", "What never was so has no days: send null alone.")
        return {}
    wanted: dict[str, Any] = {
        each: getattr(given, each) for each in ("valid_from", "valid_to") if each in sent
    }
    if "valid_to" in wanted:
        wanted["valid_to"] = wanted["valid_to"] or body.closed_on
    if given.value is not None:
        wanted[slot.column] = slot.read(given.value)
    changes = {name: value for name, value in wanted.items() if getattr(fact, name) != value}
    if not changes:
        raise invalid("/value", "That is what it says already: nothing is to be corrected.")
    return changes


async def withdraw(work: Writing, slot: Slot, facts: Sequence[Dated], place: int) -> None:
    """Say a fact no longer; what came right before it goes on instead."""
    fact, before = facts[place], facts[place - 1] if place else None
    if slot is SLOTS["name"] and before is None:
        raise invalid("/value", "It had no name before this one: say what its name was.")
    work.ledger.withdraw(fact)
    if before and touches(before, fact):
        work.ledger.restate(before, valid_to=fact.valid_to)
        await refuse_code_of_another(work, slot, before)


async def restate(
    work: Writing, slot: Slot, facts: Sequence[Dated], place: int, changes: dict[str, Any]
) -> None:
    """Let a fact say something else; the facts beside it give way, and follow where they touched it."""
    fact, body = facts[place], work.body
    moved = {name: value for name, value in changes.items() if name in ("valid_from", "valid_to")}
    refuse_days(body, fact, moved)
    before = facts[place - 1] if place else None
    after = facts[place + 1] if place + 1 < len(facts) else None
    if slot is SLOTS["name"]:
        refuse_nameless(moved, before, after)
    if "valid_from" in moved and before:
        await end_before(work, before, fact, moved["valid_from"])
    if "valid_to" in moved and after:
        await begin_after(work, fact, after, moved["valid_to"])
    work.ledger.restate(fact, **changes)
    followed = [
        each for each, name in ((before, "valid_from"), (after, "valid_to")) if each and name in moved
    ]
    await refuse_code_of_another(work, slot, fact, *followed)


def refuse_days(body: Body, fact: Dated, moved: dict[str, date | None]) -> None:
    """Refuse days on which the body was not open, and an end before the beginning."""
    since, until = moved.get("valid_from", fact.valid_from), moved.get("valid_to", fact.valid_to)
    if "valid_from" in moved and body.opened_on and (since is None or since < body.opened_on):
        raise invalid("/valid_from", f"It opened on {body.opened_on}: name that day or a later one.")
    if "valid_to" in moved and until and body.closed_on and until > body.closed_on:
        raise invalid("/valid_to", f"It closed on {body.closed_on}: name that day or an earlier one.")
    if since and until and since > until:
        pointer = "/valid_to" if "valid_to" in moved else "/valid_from"
        raise invalid(pointer, f"It would end on {until}, before it began on {since}.")


def refuse_nameless(moved: dict[str, date | None], before: Dated | None, after: Dated | None) -> None:
    """Refuse to leave days between opening and closing on which a body has no name."""
    if "valid_from" in moved and before is None:
        raise invalid("/valid_from", "Its first name begins when it opens: correct `opened_on` instead.")
    if "valid_to" in moved and after is None:
        raise invalid("/valid_to", "Its last name ends when it closes: correct `closed_on` instead.")


async def end_before(work: Writing, before: Dated, fact: Dated, since: date | None) -> None:
    """Let the fact before end on the day before a fact's new beginning, if they touched or would overlap."""
    if since is None or since <= begins(before):
        raise invalid("/valid_from", f"What came before it began on {before.valid_from}: name a later day.")
    if touches(before, fact) or ends(before) >= since:
        work.ledger.restate(before, valid_to=since - DAY)


async def begin_after(work: Writing, fact: Dated, after: Dated, until: date | None) -> None:
    """Let the fact after begin on the day after a fact's new end, if they touched or would overlap."""
    if until is None or until >= ends(after):
        raise invalid("/valid_to", f"What comes after it ends on {after.valid_to}: name an earlier day.")
    if touches(fact, after) or begins(after) <= until:
        work.ledger.restate(after, valid_from=until + DAY)


def touches(one: Dated, next_one: Dated) -> bool:
    """Tell whether a fact begins on the day after another ended."""
    return one.valid_to is not None and one.valid_to + DAY == next_one.valid_from
