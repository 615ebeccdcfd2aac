"""How an appointment is answered, and what is sent to change it."""

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from fastapi import Query
from pydantic import AfterValidator, Field, StringConstraints

from services.registry.bodies.restated import FactCorrection, Freshness
from services.registry.bodies.schemas import DAY_IN_DOCUMENT, Day
from services.registry.contacts.schemas import PastDay
from services.registry.ledger.acts import Reasoned
from shared.schemas import Answer, BodyRef, Line, Schema, one_line

Status = Literal["confirmed", "interim", "shared", "vacant", "not_announced"]
Role = Annotated[str, StringConstraints(min_length=2, max_length=100), AfterValidator(one_line)]
SharedWith = Annotated[list[BodyRef], Field(max_length=20, description="The other bodies, by id or code.")]
# No day at which the calendar begins or ends: there is one before and one after.
HeldDay = Annotated[Day, Field(ge=date(1900, 1, 1), le=date(2200, 1, 1)), DAY_IN_DOCUMENT]


@dataclass(frozen=True, slots=True)
class AppointmentFilter:
    """Which appointments of a body a list holds."""

    role: Annotated[
        Role | None, Query(description="Only this role, such as `chief executive`, in any case of letters.")
    ] = None
    current: Annotated[
        bool, Query(description="Only those that are taken for true on that day: held then, and not stale.")
    ] = False


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
    known_on: date = Field(
        description="The day for which the source says it. If it gives only a year or a month, this is the"
        " first day of that, and `note` says so."
    )
    confirmed_on: date | None = Field(description="When somebody last verified it.")
    confirmed_by: str | None = Field(description="Which body, team or role did; never a person.")
    is_current: bool = Field(description="Whether it is taken for true on the day that was asked about.")
    freshness: Freshness = Field(description="`stale` when nobody has verified it for 180 days.")
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


class HoldingFacts(Schema):
    """What is said of a holding besides its role and its status."""

    holder: Line | None = Field(None, description="Who holds it, by the name that is published.")
    holder_role: Line | None = Field(None, description="What else the holder is.")
    holder_organisation: Line | None = Field(None, description="Where the holder is that.")
    shared_with: SharedWith = Field(default_factory=list)
    held_from: HeldDay | None = Field(None, description="The first day, if that is known.")
    held_to: HeldDay | None = Field(None, description="The last day, if that is known.")
    known_on: PastDay | None = Field(None, description="The day for which the source says it; today.")
    confirmed_on: PastDay | None = Field(None, description="When somebody verified it.")
    ends_present: bool | None = Field(
        None,
        description="Where somebody holds the role: true ends that on the day before, false when both hold "
        "it. A vacancy ends by itself.",
    )


class NewHolding(HoldingFacts):
    """A holding of a role that is to be known."""

    role: Role = Field(description="Such as `chief executive` or `chair`, as the body itself calls it.")
    status: Status = Field(description="A vacancy is `vacant`; a successor not yet named: `not_announced`.")
    note: Line | None = None


class NewAppointment(NewHolding, Reasoned):
    """A holding of a role that is to be known, with reason and source."""


class AppointmentCorrection(FactCorrection):
    """What an appointment says instead of before; what is left out stays, null empties what can be empty."""

    never_empty = frozenset({"role", "status", "shared_with", "known_on"})

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


class AppointmentEnding(Reasoned):
    """That an appointment ends."""

    held_to: HeldDay = Field(description="Its last day.")
    vacant_after: bool = Field(False, description="Whether the role is vacant from the day after on.")


class Confirmation(Reasoned):
    """That somebody verified an appointment."""

    confirmed_on: PastDay | None = Field(None, description="The day on which it was verified; today.")
