"""How editions of boundaries are told."""

from datetime import date

from pydantic import Field

from shared.schemas import Answer

NOTICE = (
    "Contains public sector information licensed under the Open Government Licence v3.0. "
    "Source: Office for National Statistics licensed under the Open Government Licence v3.0. "
    "Contains OS data © Crown copyright and database right 2025."
)
LICENCE = "https://www.nationalarchives.gov.uk/doc/open-government-licence/version/3/"
SIMPLIFIED = (
    "Simplified: for maps only, not for deciding in which footprint a place lies. Ask /v1/lookup for that."
)


class EditionOut(Answer):
    """An edition of the boundaries."""

    edition: str = Field(description="Its name: `STP2016`, `ICB2026` and so on.")
    features: int = Field(description="How many footprints it has.")
    valid_from: date = Field(description="From when on it held.")
    valid_to: date | None = Field(description="Until when; null while it holds.")
    source: str
    notice: str = Field(description="What has to be shown wherever the outlines are.")
    href: str | None = Field(description="Where its outlines are; null when there are none.")
    nearest: str | None = Field(description="Without outlines: the edition nearest in time that has some.")


class Editions(Answer):
    """All editions; there are never so many that they need pages."""

    items: list[EditionOut]
    next: None = None
