"""Where rules led wrong: counted, so that the editors of the rules see which to correct."""

from datetime import date

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from services.registry.models import Base
from services.registry.routing.rules import LOCAL, RuleBook
from services.registry.routing.schemas import MisrouteOut, NewMisroute
from shared.clock import today
from shared.columns import coded
from shared.errors import invalid


class Misroute(Base):
    """How often one step led wrong in one way, by the rules of one version. Nobody keeps who said so."""

    __tablename__ = "misroute"

    rules_version: Mapped[str] = mapped_column(primary_key=True, info=coded())
    rule: Mapped[str] = mapped_column(primary_key=True, info=coded())
    went_to: Mapped[str] = mapped_column(primary_key=True, info=coded())
    what_happened: Mapped[str] = mapped_column(primary_key=True, info=coded())
    # Whom it should have named; empty where nobody said.
    should_be: Mapped[str] = mapped_column(primary_key=True, info=coded())
    count: Mapped[int]
    last_on: Mapped[date]


MISROUTES = select(Misroute)


async def count_misroute(session: AsyncSession, book: RuleBook, new: NewMisroute) -> MisrouteOut:
    """Count that a step of a rule led wrong; Invalid when there is no such rule or step."""
    rule = next((each for each in book.rules if each.id == new.rule), None)
    if rule is None:
        raise invalid("/rule", "This version has no such rule. Take `rule` from the answer.")
    if new.went_to not in {step.to for step in rule.steps}:
        raise invalid("/went_to", "This rule does not lead there. Take `to` from one of its steps.")
    known = (*LOCAL, *book.externals)
    if new.should_be is not None and new.should_be not in known:
        raise invalid("/should_be", f"The rules do not know this. Take one of {', '.join(known)}.")
    key = {**new.model_dump(), "should_be": new.should_be or "", "rules_version": book.version}
    first = insert(Misroute).values(**key, count=1, last_on=today())
    one_more = {"count": Misroute.count + 1, "last_on": func.greatest(Misroute.last_on, today())}
    counted = first.on_conflict_do_update(index_elements=[*key], set_=one_more).returning(Misroute)
    [misroute] = await session.scalars(counted, execution_options={"populate_existing": True})
    return misroute_view(misroute)


def misroute_view(misroute: Misroute) -> MisrouteOut:
    """How often a step led wrong, as the operator's stewards read it."""
    return MisrouteOut.model_validate({**vars(misroute), "should_be": misroute.should_be or None})
