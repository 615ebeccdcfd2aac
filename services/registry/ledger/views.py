"""From where the registry is looked at: the day that is asked about, and the instant at which it was said.

A statement never knows by itself which day or instant is meant: whoever sends it passes a `View`, either in
the conditions (`is_in_force(Relation, view.as_of, view.known_at)`) or, for a statement that is built once, as
parameters (`is_in_force(Relation, AS_OF, KNOWN_AT)`, then `view.parameters()`).
"""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final, Literal
from uuid import UUID

from sqlalchemy import (
    TIMESTAMP,
    BindParameter,
    ColumnElement,
    Date,
    SQLColumnExpression,
    and_,
    bindparam,
    or_,
    select,
)
from sqlalchemy.orm import aliased

from services.registry.models import Body, BodyName

# What a reference has to mean: bodies can be footprints, organisations, or both.
Role = Literal["footprint", "organisation", "any"]
# A set of boundaries, such as `STP2016` or `ICB2026`; or, where a code is asked about, a family (`STP`).
Edition = str
# Groups changed on 1 April of each of these years. No boundary tells their editions: a group is its area.
GROUP_EDITIONS: Final = {f"CCG{year}": date(year, 4, 1) for year in range(2016, 2022)}
# The `known_at` of what the registry says now.
NOW: Final = None
# The same as a parameter: later than all that was ever said.
LATEST = datetime.max.replace(tzinfo=UTC)
# Statements are built once, with these places left open: building one costs more than running it.
AS_OF = bindparam("as_of", type_=Date)
KNOWN_AT = bindparam("known_at", type_=TIMESTAMP(timezone=True))
IDS: BindParameter[Any] = bindparam("ids", expanding=True)

Day = date | SQLColumnExpression[date] | SQLColumnExpression[date | None]
Instant = datetime | BindParameter[datetime] | None
# The register of what a steward registered.
STEWARD = "steward"
# What is older than two years is only what was known last.
KNOWN_FOR = timedelta(days=731)
# A table of facts, or an alias of one: for the type checker these have nothing in common.
Fact = Any


@dataclass(frozen=True, slots=True)
class View:
    """The day that is asked about, and the instant at which the registry said it; by default now."""

    as_of: date
    known_at: datetime | None = NOW

    @property
    def is_of_earlier_words(self) -> bool:
        """Whether it is asked what the registry said at an earlier instant."""
        return self.known_at is not None

    def on(self, day: date) -> "View":
        """The same view on another day."""
        return replace(self, as_of=day)

    def parameters(self) -> dict[str, object]:
        """What fills the places AS_OF and KNOWN_AT of a statement that was built once."""
        return {"as_of": self.as_of, "known_at": self.known_at or LATEST}


@dataclass(frozen=True, slots=True)
class Codes:
    """The codes of a body on a day, as far as they are known."""

    ods: str | None
    ons: str | None


@dataclass(frozen=True, slots=True)
class Register:
    """The register that a body is known from; without a file, a steward."""

    source: str
    file: str | None
    as_of: date | None
    covers_from: date | None


@dataclass(frozen=True, slots=True)
class BodyOnDay:
    """A body as it was on a day; one that had closed by then, as it was on its last day."""

    id: UUID
    version: int
    kind: str
    is_footprint: bool
    is_organisation: bool
    demonstration: bool
    valid_from: date | None
    valid_to: date | None
    source: str
    withdrawn_at: datetime | None
    name: str
    ods: str | None
    ons: str | None
    legal_form: str | None
    edition: str | None
    region: str | None
    residents: int | None
    # The file that it is known from (empty: a steward), and the days for which that, or the steward, says so.
    file: str = ""
    said_on: date | None = None
    covers_from: date | None = None
    # Its closing day where only that is known: it closed then or before.
    closed_not_later_than: date | None = None
    services_ended_on: date | None = None
    # The name that it may have had by then: it took it between these days, and nobody knows the day itself.
    next_name: str | None = None
    renamed_not_before: date | None = None
    renamed_by: date | None = None

    @property
    def register(self) -> Register:
        """The register that it is known from."""
        source = self.source if self.file else STEWARD
        return Register(source, self.file or None, self.said_on, self.covers_from)

    @property
    def codes(self) -> Codes:
        """Its codes."""
        return Codes(self.ods, self.ons)

    def is_known_still(self, day: date) -> bool:
        """Whether what it is known from is no more than two years old on a day."""
        return self.said_on is not None and day - self.said_on <= KNOWN_FOR

    def has_role(self, role: Role) -> bool:
        """Whether it is what a reference has to mean."""
        return has_role(self, role)

    def is_open_on(self, day: date) -> bool:
        """Whether it was open on a day."""
        return not self.is_closed_by(day) and (self.valid_from is None or self.valid_from <= day)

    def is_closed_by(self, day: date) -> bool:
        """Whether it had closed before a day."""
        return self.valid_to is not None and self.valid_to < day


def has_role(body: Body | BodyOnDay, role: Role) -> bool:
    """Whether a body is what a reference has to mean."""
    if role == "any":
        return True
    return body.is_footprint if role == "footprint" else body.is_organisation


def is_said(fact: Fact, known_at: Instant) -> ColumnElement[bool]:
    """True for what the registry says now (`NOW`), or said at an instant."""
    if known_at is None:
        missing: ColumnElement[bool] = fact.superseded_at.is_(None)
        return missing
    later = or_(fact.superseded_at.is_(None), fact.superseded_at > known_at)
    return and_(fact.recorded_at <= known_at, later)


def is_in_force(fact: Fact, day: Day, known_at: Instant) -> ColumnElement[bool]:
    """True for the dated facts that held on a day, as the registry says now or said at an instant."""
    return and_(
        is_said(fact, known_at),
        or_(fact.valid_from.is_(None), fact.valid_from <= day),
        or_(fact.valid_to.is_(None), fact.valid_to >= day),
    )


def holds_between(fact: Fact, since: date | None, until: date | None) -> ColumnElement[bool]:
    """True for the dated facts that hold on any of these days; without a day, since or for ever."""
    return and_(
        or_(fact.valid_to.is_(None), fact.valid_to >= (since or date.min)),
        or_(fact.valid_from.is_(None), fact.valid_from <= (until or date.max)),
    )


def is_open_on(day: Day) -> ColumnElement[bool]:
    """True for the bodies that were open on a day, as the registry says now."""
    return and_(
        Body.withdrawn_at.is_(None),
        or_(Body.opened_on.is_(None), Body.opened_on <= day),
        or_(Body.closed_on.is_(None), Body.closed_on >= day),
    )


def is_open(view: View) -> ColumnElement[bool]:
    """True for the bodies that were open on the day of a view; of earlier words, names span a body's life."""
    if view.known_at is None:
        return is_open_on(view.as_of)
    own = aliased(BodyName)
    named = select(own.body_id).where(is_in_force(own, view.as_of, view.known_at))
    return and_(was_not_withdrawn(view.known_at), Body.id.in_(named))


def has_opened(view: View) -> ColumnElement[bool]:
    """True for the bodies that had opened by the day of a view, also for those that had closed by then."""
    if view.known_at is None:
        return and_(Body.withdrawn_at.is_(None), or_(Body.opened_on.is_(None), Body.opened_on <= view.as_of))
    own = aliased(BodyName)
    begun = or_(own.valid_from.is_(None), own.valid_from <= view.as_of)
    named = select(own.body_id).where(is_said(own, view.known_at), begun)
    return and_(was_not_withdrawn(view.known_at), Body.id.in_(named))


def was_not_withdrawn(known_at: datetime | BindParameter[datetime]) -> ColumnElement[bool]:
    """True for the bodies that the registry had not withdrawn by an instant."""
    return or_(Body.withdrawn_at.is_(None), Body.withdrawn_at > known_at)
