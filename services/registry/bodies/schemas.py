"""Shapes that every slice speaks of bodies in."""

from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import Path, Query
from pydantic import AwareDatetime, BeforeValidator, Field, StringConstraints

from shared.schemas import Answer, BodyRef


def iso_day(given: Any) -> Any:
    """Refuse what is not written as a day (pydantic takes numbers for seconds since 1970)."""
    if isinstance(given, str) and len(given) != len("2026-04-01"):
        raise ValueError("has to be a day, such as 2026-04-01")
    return given


Day = Annotated[date, BeforeValidator(iso_day)]
AsOf = Annotated[Day | None, Query(description="The day that is asked about; today by default.")]
KnownAt = Annotated[
    AwareDatetime | None,
    Query(description="An earlier instant: what the registry said then, before later corrections."),
]
Ref = Annotated[BodyRef, Path(description="Our id, or a code: `ods:QHM`, `ons:E54000050`.")]


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

    valid_from: date | None = Field(description="The day on which it opened, if that is known.")
    valid_to: date | None = Field(description="Its last day; null while it is open.")
    demonstration: bool = Field(description="Whether it is invented, to show how things work.")
    version: int


def named(row: Any) -> dict[str, Any]:
    """Return what a row of `bodies_on` says, as the fields of these shapes."""
    found = dict(row._mapping)
    found.pop("withdrawn_at", None)
    found["codes"] = Codes(ods=found.pop("ods"), ons=found.pop("ons"))
    return found


Kind = Literal[
    "icb",
    "ccg",
    "sub_icb_location",
    "nhs_trust",
    "gp_practice",
    "nhs_region",
    "local_authority",
    "healthwatch",
    "voluntary",
    "other_health_care",
]
Words = Annotated[
    str | None,
    StringConstraints(max_length=100, pattern=r"\w"),
    Query(description="Words, or beginnings of words, of the name."),
]
