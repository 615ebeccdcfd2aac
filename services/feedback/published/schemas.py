"""Shapes of published counts: figures that NHS England published, withheld where it withheld them."""

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BeforeValidator, Field, PlainSerializer, WithJsonSchema

from shared.schemas import Answer

CareService = Literal["inpatient", "a_and_e", "ambulance_patient_transport"]
Level = Literal["england", "icb", "trust", "site", "ward"]
Withheld = Literal["withheld"]
# A number, withheld, or null: none is said.
Figure = float | Withheld | None
MONTH = r"^[0-9]{4}-(0[1-9]|1[0-2])$"


def first_of_month(month: object) -> object:
    """The first day of a month such as `2025-07`."""
    return f"{month}-01" if isinstance(month, str) else month


Month = Annotated[
    date,
    BeforeValidator(first_of_month),
    PlainSerializer(lambda day: f"{day:%Y-%m}", return_type=str),
    WithJsonSchema({"type": "string", "pattern": MONTH}),
]


class PublishedCountView(Answer):
    """One row of a published workbook, as it was published."""

    id: UUID
    service: CareService
    month: Month
    edition: int = Field(description="1 for the first file of this month, 2 for one that replaced it.")
    level: Level
    organisation_id: UUID | None = Field(description="The trust or provider, where the registry knows it.")
    footprint_id: UUID | None = Field(description="The board of that month, where the registry knows it.")
    icb_code: str | None
    trust_code: str | None
    site_code: str | None
    name: str
    figures: dict[str, Figure] = Field(
        description="Counts, and `positive` and `negative` as parts of all answers, `dont_know` among them. "
        "`withheld`: from 1 to 4, or withheld to protect such a count. Null: none is said. "
        "Withheld figures make no sums: never add rows up."
    )
    modes: dict[str, Figure] = Field(description="How many answers came in which way.")
