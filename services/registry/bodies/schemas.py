"""Shapes that every slice speaks of bodies in."""

import re
from dataclasses import fields
from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import Depends, Path, Query
from pydantic import (
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    WithJsonSchema,
)

from services.registry.ledger.acts import Reasoned
from services.registry.ledger.views import BodyOnDay, View
from services.registry.registers.schemas import RegisterNamed
from shared.clock import today
from shared.schemas import Answer, BodyRef, Code, Line, Moment

ISO_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


def iso_day(given: Any) -> Any:
    """Refuse what is not written as a day (pydantic takes numbers for seconds since 1970)."""
    if not isinstance(given, date) and not (isinstance(given, str) and ISO_DAY.fullmatch(given)):
        raise ValueError("must be a day, such as 2026-04-01")
    return given


def iso_instant(given: Any) -> Any:
    """Refuse what is not written as an instant (pydantic takes numbers for seconds since 1970)."""
    if isinstance(given, str) and "T" not in given.upper():
        raise ValueError("must be an instant with its zone, such as 2026-04-01T12:00:00Z")
    return given


Day = Annotated[date, BeforeValidator(iso_day)]
# What somebody says: no day at which the calendar ends.
# JSON Schema has no bounds for days.
DAY_IN_DOCUMENT = WithJsonSchema({"type": "string", "format": "date"})
SaidDay = Annotated[Day, Field(ge=date(1000, 1, 1), le=date(2200, 1, 1)), DAY_IN_DOCUMENT]
AsOf = Annotated[Day | None, Query(description="The day that is asked about; today by default.")]
KnownAt = Annotated[
    Annotated[Moment, BeforeValidator(iso_instant)] | None,
    Query(description="An earlier instant: what the registry said then, before later corrections."),
]


async def view_asked_for(as_of: AsOf = None, known_at: KnownAt = None) -> View:
    """The day and the instant that a request asks about."""
    return View(as_of or today(), known_at)


async def day_asked_for(as_of: AsOf = None) -> View:
    """The day that a request asks about, as the registry says it now."""
    return View(as_of or today())


Viewed = Annotated[View, Depends(view_asked_for)]
OnDay = Annotated[View, Depends(day_asked_for)]
Ref = Annotated[BodyRef, Path(description="Our id, or a code: `ods:QHM`, `ons:E54000050`.")]
EditionAsked = Annotated[
    Code | None,
    Query(
        description="Which body a code means: one of a family (`STP`, `ICB`, `ccg`), or of an edition such as"
        " `STP2016` or `CCG2016`. An edition without `as_of` means its first day.",
    ),
]
FIELDS = tuple(each.name for each in fields(BodyOnDay) if each.name != "withdrawn_at")


class Codes(Answer):
    """The codes of a body, as far as they are known."""

    ods: str | None
    ons: str | None


class BodyNamed(Answer):
    """A body, in short."""

    id: UUID
    name: str
    kind: str
    codes: Codes


class Successor(Answer):
    """A body that took over, with the share of the residents that went to it."""

    id: UUID
    share: float | None


class BodyState(BodyNamed):
    """A body as it was on a day."""

    model_config = ConfigDict(validate_by_name=True, serialize_by_alias=True)

    valid_from: date | None = Field(description="The day on which it opened, if that is known.")
    valid_to: date | None = Field(description="Its last day; null while it is open.")
    closed_not_later_than: date | None = Field(
        description="Set when the closing day is not known: it closed on this day (also in `valid_to`),"
        " or before."
    )
    services_ended_on: date | None = Field(
        description="Its last day with services, if it stayed open without any."
    )
    demonstration: bool = Field(description="Whether it is invented, to show how things work.")
    version: int
    # `register` alone is a method of all shapes.
    register_: RegisterNamed = Field(alias="register", description="The register that says so, and its day.")


def body_named(body: BodyOnDay) -> BodyNamed:
    """A body, in short."""
    return BodyNamed.model_validate(body)


def href(body_id: UUID, kind: str) -> str:
    """The path of a body."""
    return f"/v1/{'footprints' if kind in ('icb', 'stp') else 'organisations'}/{body_id}"


def body_fields(body: BodyOnDay) -> dict[str, Any]:
    """What is known of a body on a day, as the fields of these shapes."""
    found = {name: getattr(body, name) for name in FIELDS}
    return found | {"codes": {"ods": body.ods, "ons": body.ons}, "register": body.register}


Kind = Literal[
    "icb",
    "ccg",
    "sub_icb_location",
    "nhs_trust",
    "gp_practice",
    "nhs_region",
    "national_body",
    "local_authority",
    "healthwatch",
    "voluntary",
    "other_health_care",
]
KindAsked = Annotated[Kind | None, Query(alias="type", description="Only bodies of this kind.")]
Words = Annotated[
    str | None,
    StringConstraints(max_length=100, pattern=r"\w"),
    Query(description="Words, or beginnings of words, of the name."),
]

OdsCode = Annotated[str, StringConstraints(pattern=r"^[A-Z0-9]{3,12}$")]
OdsAsked = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9]{3,12}$", to_upper=True)]
OnsCode = Annotated[str, StringConstraints(pattern=r"^[A-Z][0-9]{8}$")]
FactName = Literal["name", "legal_form", "ods", "ons"]


class NewFact(Reasoned):
    """What is so from a day on; what was so before ends the day before."""

    fact: FactName
    value: Line
    valid_from: SaidDay = Field(description="The first day; it may be in the future.")


class Correction(Reasoned):
    """What was said wrongly, and how it should have been said: what was said before stays in the history."""

    fact: Literal["name", "legal_form", "ods", "ons", "opened_on", "closed_on"]
    valid_on: SaidDay | None = Field(
        None, description="A day on which what is corrected holds; today by default. Not for days themselves."
    )
    value: Line | None = Field(
        None,
        description="What it is instead; left out when only its days are wrong. Null: it was never true,"
        " and what came before goes on; for `closed_on`: it has not closed.",
    )
    valid_from: SaidDay | None = Field(None, description="Its first day instead.")
    valid_to: SaidDay | None = Field(None, description="Its last day instead; null: no end is known.")


class Ending(Reasoned):
    """That a body closes."""

    closed_on: SaidDay = Field(description="Its last day; it may be in the future.")


class Left(Answer):
    """What still refers to a body that closed, or ended with it."""

    what: str = Field(
        description="Kinds of relations, which ended with it; `appointment`, `contact`: not ended."
    )
    count: int


class FactOut(Answer):
    """Something dated that the registry said about a body."""

    fact: str = Field(description="`name`, `legal_form`, `ods`, `ons`, `boundary`, or a kind of relation.")
    value: str = Field(description="For a boundary its edition, for a relation the id of the other body.")
    valid_from: date | None
    valid_to: date | None
    not_before: date | None = Field(
        description="Set when the day of a renaming is not known: it lies between this day and `valid_from`."
    )
    note: str | None = Field(description="For a relation: what else its source says.")
    recorded_at: Moment = Field(description="When the registry began to say so.")
    superseded_at: Moment | None = Field(description="When it ceased to say so; null: it says so now.")
    imported: bool = Field(description="Whether it came with an import; if not, a steward said it.")
    reason: str | None = Field(description="Why it was said.")
    source: str | None
    superseded_because: str | None = Field(description="Why it is said no longer.")
