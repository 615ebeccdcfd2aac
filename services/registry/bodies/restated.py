"""Facts of a body with an id of their own, appointments and contacts: found, changed, published."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any, ClassVar, Literal, Self, TypeVar
from uuid import UUID

from pydantic import ValidationInfo, field_validator, model_validator
from sqlalchemy import and_, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.bodies.queries import footprints_of
from services.registry.bodies.writing import Writing, begin
from services.registry.ledger.acts import Ledger, Reasoned
from services.registry.ledger.publishing import publish_changes
from services.registry.ledger.views import NOW, View, is_said
from services.registry.models import Body, Contact, Restated
from services.registry.stewards import NotYourBody
from shared.change_request import EditRequest
from shared.clock import today
from shared.errors import NotFound
from shared.events.registry import AppointmentState, ContactState

F = TypeVar("F", bound=Restated)
Freshness = Literal["fresh", "ageing", "stale"]
FactEvent = type[AppointmentState] | type[ContactState]
FRESH_FOR = timedelta(days=90)
# What every change of a fact can be refused with.
CHANGING = (NotFound, NotYourBody)


class FactCorrection(Reasoned):
    """What a fact says instead of before; what is left out stays, null empties what can be empty."""

    # What a fact of this kind always has.
    never_empty: ClassVar[frozenset[str]] = frozenset()

    @field_validator("*")
    @classmethod
    def is_said(cls, given: object, info: ValidationInfo) -> object:
        """Refuse null for what the fact always has."""
        if given is None and info.field_name in cls.never_empty:
            raise ValueError("cannot be empty: leave it out to keep it")
        return given

    @model_validator(mode="after")
    def says_something(self) -> Self:
        """Refuse a correction that corrects nothing."""
        if not self.corrected():
            raise ValueError("corrects nothing: name at least one field to correct")
        return self

    def corrected(self) -> dict[str, Any]:
        """The fields to correct."""
        return self.model_dump(include=self.model_fields_set - {"reason", "source"})


def by_body(facts: Iterable[F]) -> dict[UUID, list[F]]:
    """Facts by the body that they are about, in the same order."""
    grouped: dict[UUID, list[F]] = defaultdict(list)
    for fact in facts:
        grouped[fact.body_id].append(fact)
    return grouped


def freshness(sure_on: date, day: date, stale_after: timedelta) -> Freshness:
    """How fresh something is on a day that somebody was last sure of on another."""
    age = day - sure_on
    if age <= FRESH_FOR:
        return "fresh"
    return "ageing" if age <= stale_after else "stale"


async def find_fact(
    session: AsyncSession, model: type[F], fact_id: UUID, known_at: datetime | None = NOW
) -> tuple[F, Body]:
    """A fact and its body, as the registry says it now or said it at an instant; otherwise NotFound."""
    in_force = and_(model.id == fact_id, model.earlier_form_of.is_(None))
    forms = select(model, Body).join(Body, Body.id == model.body_id)
    forms = forms.where(or_(in_force, model.earlier_form_of == fact_id), is_said(model, known_at))
    # Where the clocks of two processes differed, two forms hold for a moment: the later one counts.
    latest = forms.where(Body.withdrawn_at.is_(None)).order_by(model.recorded_at.desc()).limit(1)
    found = (await session.execute(latest.execution_options(populate_existing=True))).first()
    if found is None:
        raise NotFound
    return found[0], found[1]


async def open_fact(change: EditRequest, model: type[F], fact_id: UUID, given: Reasoned) -> tuple[Writing, F]:
    """Begin an act on the body of a fact; NotFound when the fact is not said, or no longer."""
    _, body = await find_fact(change.session, model, fact_id)
    work = await begin(change, str(body.id), "any", given)
    fact, _ = await find_fact(change.session, model, fact_id)
    return work, fact


async def publish_facts(
    ledger: Ledger, bodies: Iterable[Body], changed: Iterable[tuple[FactEvent, Restated]]
) -> None:
    """Save that facts of locked bodies changed, each under a new version of its body. Publish last."""
    of = {each.id: each for each in bodies}
    members = [each.id for each in of.values() if not each.is_footprint]
    homes = await footprints_of(ledger.session, members, View(today())) if members else {}
    published = []
    for event, fact in changed:
        body = of[fact.body_id]
        body.version += 1
        home = body.id if body.is_footprint else homes.get(body.id)
        published.append((state_of_fact(event, fact, body, home), body.version))
    await ledger.session.flush()
    await publish_changes(ledger.session, published, ledger.act)


def state_of_fact(
    event: FactEvent, fact: Restated, body: Body, home: UUID | None
) -> AppointmentState | ContactState:
    """The event that carries a fact's public state; it concerns the body and its footprint."""
    about = {
        "organisations": (body.id,) if body.is_organisation else (),
        "footprints": (home,) if home else (),
        "contact_id" if isinstance(fact, Contact) else "appointment_id": fact.id,
        "withdrawn": fact.superseded_at is not None,
    }
    return event.model_validate(vars(fact) | about)
