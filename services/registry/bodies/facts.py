"""Saying what is so of a body from a day on, and correcting what was said wrongly.

The facts of a slot (its name, its legal form, its code in a scheme) follow one another, one on each day.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from pydantic import TypeAdapter, ValidationError

from services.registry.bodies import lifetimes, records
from services.registry.bodies.schemas import Correction, NewFact, OdsCode, OnsCode
from services.registry.bodies.writing import Writing, begin
from services.registry.ledger.views import BodyOnDay, Role
from services.registry.models import Body, BodyCode, BodyName, LegalForm, OwnFact
from services.registry.stewards import AnyEdit
from shared.clock import today
from shared.errors import invalid

DAY = timedelta(days=1)
# A fact, between those before and after it.
Neighbours = tuple[OwnFact | None, OwnFact, OwnFact | None]


@dataclass(frozen=True, slots=True)
class Slot:
    """Where the facts of a slot are kept, and what they must look like."""

    model: type[BodyName] | type[BodyCode] | type[LegalForm]
    column: str
    scheme: str | None = None
    form: TypeAdapter[str] | None = None
    example: str = ""

    def read(self, given: str) -> str:
        """The value that a request gives; Invalid when it is none for this slot."""
        try:
            return self.form.validate_python(given) if self.form else given
        except ValidationError as error:
            raise invalid("/value", f"That is no such code: they look like {self.example}.") from error

    def row(self, body: Body, value: str, since: date) -> OwnFact:
        """A new fact: it holds until the body closes."""
        scheme = {"scheme": self.scheme} if self.scheme else {}
        values = {self.column: value, "valid_from": since, "valid_to": body.closed_on}
        return self.model(body_id=body.id, **values, **scheme)


SLOTS = {
    "name": Slot(BodyName, "name"),
    "legal_form": Slot(LegalForm, "legal_form"),
    "ods": Slot(BodyCode, "code", "ods", TypeAdapter(OdsCode), "RX6 or QHM"),
    "ons": Slot(BodyCode, "code", "ons", TypeAdapter(OnsCode), "E54000050"),
}


async def say_fact(change: AnyEdit, ref: str, role: Role, new: NewFact) -> BodyOnDay:
    """Say what a body is from a day on; what it was before ends the day before."""
    slot = SLOTS[new.fact]
    work = await begin(change, ref, role, new, wholly=slot.scheme is not None)
    value = slot.read(new.value)
    facts = await records.facts_of(work.session, work.body.id, slot.model, slot.scheme)
    refuse_closed_days(work.body, valid_from=new.valid_from)
    if facts:
        end_last(work, slot, facts[-1], value, new.valid_from)
    fact = slot.row(work.body, value, new.valid_from)
    await work.refuse_codes_of_others(fact)
    work.ledger.say(fact)
    return await work.publish()


def refuse_closed_days(body: Body, **days: date) -> None:
    """Refuse days, by the names of their fields, on which a body was not open."""
    for name, day in days.items():
        if body.opened_on and day < body.opened_on:
            raise invalid(f"/{name}", f"It opened on {body.opened_on}: name that day or a later one.")
        if body.closed_on and day > body.closed_on:
            raise invalid(f"/{name}", f"It closed on {body.closed_on}: name that day or an earlier one.")


def end_last(work: Writing, slot: Slot, last: OwnFact, value: str, since: date) -> None:
    """Let what was said last end on the day before something else is so, if it would go on."""
    if last.first_day >= since:
        detail = f"Something is already said from {last.valid_from} on: name a later day, or correct that."
        raise invalid("/valid_from", detail)
    if last.last_day >= since:
        if getattr(last, slot.column) == value:
            raise invalid("/value", "It already has this value.")
        work.ledger.restate(last, valid_to=since - DAY)


async def correct_fact(change: AnyEdit, ref: str, role: Role, given: Correction) -> BodyOnDay:
    """Say what should have been said instead; what was said stays in the history."""
    slot = SLOTS.get(given.fact)
    if slot is None:
        return await lifetimes.correct_day(change, ref, role, given)
    work = await begin(change, ref, role, given, wholly=slot.scheme is not None)
    facts = await records.facts_of(work.session, work.body.id, slot.model, slot.scheme)
    # By default today, or the nearest day on which the body was open.
    nearest = max(min(today(), work.body.closed_on or date.max), work.body.opened_on or date.min)
    before, fact, after = neighbours_on(facts, given.valid_on or nearest)
    if given.value is None and "value" in given.model_fields_set:
        restated = withdraw(work, slot, before, fact, given)
    else:
        restated = restate(work, slot, (before, fact, after), changes_of(slot, work.body, fact, given))
    await work.refuse_codes_of_others(*restated)
    return await work.publish()


def neighbours_on(facts: Sequence[OwnFact], day: date) -> Neighbours:
    """The fact that holds on a day, between those before and after it; Invalid when none does."""
    for before, fact, after in zip([None, *facts], facts, [*facts[1:], None], strict=False):
        if fact.first_day <= day <= fact.last_day:
            return before, fact, after
    raise invalid("/valid_on", f"Nothing is said of this on {day}: its history tells on which days.")


def changes_of(slot: Slot, body: Body, fact: OwnFact, given: Correction) -> dict[str, Any]:
    """What a correction changes in a fact; Invalid when that is nothing."""
    wanted = given.model_dump(include=given.model_fields_set & {"valid_from", "valid_to"})
    if "valid_to" in wanted:
        wanted["valid_to"] = wanted["valid_to"] or body.closed_on
    if given.value is not None:
        wanted[slot.column] = slot.read(given.value)
    changes = {name: value for name, value in wanted.items() if getattr(fact, name) != value}
    if not changes:
        raise invalid("/value", "It already says this: there is nothing to correct.")
    if "valid_from" in changes:
        changes |= starting_on(fact, changes["valid_from"])
    return changes


def starting_on(fact: OwnFact, day: date | None) -> dict[str, Any]:
    """What a fact says that begins on a day; of a name, that day is in doubt no more."""
    return {"valid_from": day} | ({"not_before": None} if isinstance(fact, BodyName) else {})


def withdraw(
    work: Writing, slot: Slot, before: OwnFact | None, fact: OwnFact, given: Correction
) -> list[OwnFact]:
    """Say a fact no longer; what came right before it goes on instead, and is returned."""
    if given.model_fields_set & {"valid_from", "valid_to"}:
        raise invalid("/value", "To delete a fact, send `null` and no dates.")
    if slot.model is BodyName and before is None:
        raise invalid("/value", "It had no name before this one: say what its name was.")
    work.ledger.withdraw(fact)
    if before is None or not touches(before, fact):
        return []
    work.ledger.restate(before, valid_to=fact.valid_to)
    return [before]


def restate(work: Writing, slot: Slot, near: Neighbours, changes: dict[str, Any]) -> list[OwnFact]:
    """Let a fact say something else; the facts beside it give way, and follow where they touched it.

    Returns the facts of which something changed.
    """
    before, fact, after = near
    begins, ends = "valid_from" in changes, "valid_to" in changes
    refuse_days(work.body, fact, changes)
    if slot.model is BodyName and begins and before is None:
        raise invalid("/valid_from", "Its first name begins when it opens: correct `opened_on` instead.")
    if slot.model is BodyName and ends and after is None:
        raise invalid("/valid_to", "Its last name ends when it closes: correct `closed_on` instead.")
    if begins and before:
        end_before(work, before, fact, changes["valid_from"])
    if ends and after:
        begin_after(work, fact, after, changes["valid_to"])
    work.ledger.restate(fact, **changes)
    return [each for each, moved in ((before, begins), (fact, True), (after, ends)) if each and moved]


def refuse_days(body: Body, fact: OwnFact, changes: dict[str, Any]) -> None:
    """Refuse days on which the body was not open, and an end before the beginning."""
    since, until = changes.get("valid_from", fact.valid_from), changes.get("valid_to", fact.valid_to)
    if "valid_from" in changes:
        refuse_closed_days(body, valid_from=since or date.min)
    if "valid_to" in changes and until:
        refuse_closed_days(body, valid_to=until)
    if since and until and since > until:
        pointer = "/valid_to" if "valid_to" in changes else "/valid_from"
        raise invalid(pointer, f"It would end on {until}, before it began on {since}.")


def end_before(work: Writing, before: OwnFact, fact: OwnFact, since: date | None) -> None:
    """Let the fact before end on the day before a fact's new beginning, if they touched or would overlap."""
    if since is None or since <= before.first_day:
        raise invalid("/valid_from", f"What came before it began on {before.valid_from}: name a later day.")
    if touches(before, fact) or before.last_day >= since:
        work.ledger.restate(before, valid_to=since - DAY)


def begin_after(work: Writing, fact: OwnFact, after: OwnFact, until: date | None) -> None:
    """Let the fact after begin on the day after a fact's new end, if they touched or would overlap."""
    if until is None or until >= after.last_day:
        raise invalid("/valid_to", f"What comes after it ends on {after.valid_to}: name an earlier day.")
    if touches(fact, after) or after.first_day <= until:
        work.ledger.restate(after, **starting_on(after, until + DAY))


def touches(one: OwnFact, next_one: OwnFact) -> bool:
    """Whether a fact begins on the day after another ended."""
    return one.valid_to is not None and one.valid_to + DAY == next_one.valid_from
