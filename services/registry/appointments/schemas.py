"""How an appointment is told."""

from datetime import date
from typing import Literal
from uuid import UUID

from pydantic import Field

from shared.schemas import Answer


class AppointmentOut(Answer):
    """A dated holding of a role; without a holder it is a vacancy, or not announced."""

    id: UUID
    body_id: UUID
    role: str
    status: Literal["confirmed", "interim", "shared", "vacant", "not_announced"]
    holder: str | None
    holder_role: str | None = Field(description="What else the holder was at that time.")
    holder_organisation: str | None
    as_published: str | None = Field(description="The source's own words.")
    held_from: date | None
    held_to: date | None
    known_on: date = Field(description="The day for which the source says it.")
    source: str
    note: str | None
