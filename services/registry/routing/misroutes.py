"""Where rules led wrong: counted, so that those who edit them see which to mend."""

from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.routing.models import Misroute
from services.registry.routing.rules import LOCAL, RuleBook
from services.registry.routing.schemas import MisrouteOut, NewMisroute
from shared.clock import today
from shared.errors import invalid


async def count(session: AsyncSession, book: RuleBook, new: NewMisroute) -> MisrouteOut:
    """Count that a step of a rule led wrong; Invalid when there is no such rule or step."""
    rule = next((each for each in book.rules if each.id == new.rule), None)
    if rule is None:
        raise invalid("/rule", "No rule of this version has this name: take `rule` from the answer.")
    if new.went_to not in {step.to for step in rule.steps}:
        raise invalid("/went_to", "This rule leads to nobody of that name: take `to` from one of its steps.")
    if new.should_be is not None and new.should_be not in {*LOCAL, *book.externals}:
        known = ", ".join((*LOCAL, *book.externals))
        raise invalid("/should_be", f"Nobody is called that in the rules: take one of {known}.")
    values = {**new.model_dump(), "should_be": new.should_be or "", "rules_version": book.version}
    counted = insert(Misroute).values(**values, count=1, last_on=today())
    added = {"count": Misroute.count + 1, "last_on": func.greatest(Misroute.last_on, today())}
    counted = counted.on_conflict_do_update(index_elements=[*values], set_=added)
    [found] = await session.scalars(
        counted.returning(Misroute), execution_options={"populate_existing": True}
    )
    return told(found)


def counted() -> Select[Any]:
    """Select all that was counted."""
    return select(Misroute)


def told(misroute: Misroute) -> MisrouteOut:
    """Return a count as it is told."""
    return MisrouteOut.model_validate({**vars(misroute), "should_be": misroute.should_be or None})
