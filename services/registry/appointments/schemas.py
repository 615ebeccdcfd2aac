"""How an appointment is told, and what has to be said to change it."""

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from fastapi import Query
from pydantic import AfterValidator, Field, StringConstraints, field_validator, model_validator

from services.registry.bodies.schemas import AsOf, Day, KnownAt
from services.registry.contacts.schemas import PastDay
from services.registry.ledger.acts import Reasoned
from services.registry.ledger.views import View
from shared.clock import today
from shared.schemas import Answer, BodyRef, Line, Schema, one_line

Status = Literal["confirmed", "interim", "shared", "vacant", "not_announced"]
Freshness = Literal["fresh", "ageing", "stale"]
Role = Annotated[str, StringConstraints(min_length=2, max_length=100), AfterValidator(one_line)]
SharedWith = Annotated[list[BodyRef], Field(max_length=20, description="The other bodies, by id or code.")]
# No day at which the calendar begins or ends: there is one before and one after.
HeldDay = Annotated[Day, Field(ge=date(1900, 1, 1), le=date(2200, 1, 1))]


@dataclass(frozen=True, slots=True)
class AppointmentFilter:
    """Which appointments of a body are wanted."""

    view: View
    role: str | None = None
    current: bool = False


async def appointment_filter(
    as_of: AsOf = None,
    role: Annotated[
        Role | None, Query(description="Only this role, such as `chief executive`, in any case of letters.")
    ] = None,
    current: Annotated[
        bool, Query(description="Only those that are taken for true on that day: held then, and not stale.")
    ] = False,
    known_at: KnownAt = None,
) -> AppointmentFilter:
    """Return which appointments the query asks for."""
    return AppointmentFilter(View(as_of or today(), known_at), role, current)


class Other(Answer):
    """Another body that the same person leads."""

    id: UUID
    name: str


class AppointmentOut(Answer):
    """A dated holding of a role; without a holder it is a vacancy, or not announced."""

    id: UUID
    body_id: UUID
    role: str
    status: Status
    holder: str | None
    holder_role: str | None = Field(description="What else the holder was at that time.")
    holder_organisation: str | None
    as_published: str | None = Field(description="The source's own words.")
    shared_with: list[Other] = Field(description="Other bodies that the same person leads.")
    held_from: date | None = Field(description="The first day, if that is known.")
    held_to: date | None = Field(description="The last day; null while no end is known.")
    known_on: date = Field(description="The day for which the source says it.")
    confirmed_on: date | None = Field(description="When somebody last made sure of it.")
    confirmed_by: str | None = Field(description="Which body, team or role did; never a person.")
    is_current: bool = Field(description="Whether it is taken for true on the day that was asked about.")
    freshness: Freshness = Field(description="`stale` when nobody has made sure of it for 180 days.")
    source: str
    note: str | None


class AppointmentDetail(AppointmentOut):
    """An appointment, with the version of the body that it belongs to, as its `ETag`."""

    as_of: date
    version: int


class AppointmentWritten(AppointmentDetail):
    """An appointment after a change."""

    also: list[AppointmentOut] = Field(
        description="What changed with it: what a new holder ended, or the vacancy that an end left."
    )


class Held(Schema):
    """A holding of a role."""

    role: Role = Field(description="Such as `chief executive` or `chair`, as the body itself calls it.")
    status: Status = Field(description="A vacancy is `vacant`; a successor not yet named: `not_announced`.")
    holder: Line | None = Field(None, description="Who holds it, by the name that is published.")
    holder_role: Line | None = Field(None, description="What else the holder is.")
    holder_organisation: Line | None = Field(None, description="Where the holder is that.")
    held_from: HeldDay | None = Field(None, description="The first day, if that is known.")
    held_to: HeldDay | None = Field(None, description="The last day, if that is known.")
    note: Line | None = None


class NewHolding(Held):
    """A holding of a role that is to be known."""

    shared_with: SharedWith = Field(default_factory=list)
    known_on: PastDay | None = Field(None, description="The day for which the source says it; today.")
    confirmed_on: PastDay | None = Field(None, description="When somebody made sure of it.")
    ends_present: bool | None = Field(
        None,
        description="Where somebody holds the role: true ends that on the day before, false when both hold "
        "it. A vacancy ends by itself.",
    )


class NewAppointment(NewHolding, Reasoned):
    """A holding of a role that is to be known, with reason and source."""


class AppointmentCorrection(Reasoned):
    """What an appointment says instead of before; what is left out stays, null empties what can be empty."""

    role: Role | None = None
    status: Status | None = None
    holder: Line | None = None
    holder_role: Line | None = None
    holder_organisation: Line | None = None
    shared_with: SharedWith | None = None
    held_from: HeldDay | None = None
    held_to: HeldDay | None = None
    known_on: PastDay | None = None
    note: Line | None = None

    @field_validator("role", "status", "shared_with", "known_on")
    @classmethod
    def is_said(cls, given: Any) -> Any:
        """Refuse null for what an appointment always has."""
        if given is None:
            raise ValueError("cannot be empty: leave it out to let it stay")
        return given

    @model_validator(mode="after")
    def says_something(self) -> Self:
        """Refuse a correction that corrects nothing."""
        if not self.corrected():
            raise ValueError("says nothing new: name at least one field that is to be corrected")
        return self

    def corrected(self) -> dict[str, Any]:
        """Return the fields that are to be corrected."""
        return self.model_dump(include=self.model_fields_set - {"reason", "source"})


class AppointmentEnding(Reasoned):
    """That an appointment ends."""

    held_to: HeldDay = Field(description="Its last day.")
    vacant_after: bool = Field(False, description="Whether the role is vacant from the day after on.")


class Confirmation(Reasoned):
    """That somebody made sure of an appointment."""

    confirmed_on: PastDay | None = Field(None, description="The day on which it was made sure of; today.")
