"""Editions of the boundaries, as everybody reads them, and what must stand beside their outlines."""

from datetime import date

from pydantic import Field

from shared.schemas import Answer

NOTICE = (
    "Contains public sector information licensed under the Open Government Licence v3.0. "
    "Source: Office for National Statistics licensed under the Open Government Licence v3.0. "
    "Contains OS data © Crown copyright and database right 2025."
)
NOTICES = {
    "notice": NOTICE,
    "licence": "https://www.nationalarchives.gov.uk/doc/open-government-licence/version/3/",
    "simplified": "Simplified: for maps only, not for deciding where a place is. Ask /v1/lookup for that.",
}


class EditionOut(Answer):
    """An edition of the boundaries."""

    edition: str = Field(description="Its name: `STP2016`, `ICB2026` and so on.")
    features: int = Field(description="How many footprints it has.")
    valid_from: date = Field(description="Its first day.")
    valid_to: date | None = Field(description="Its last day; null while it is in force.")
    source: str
    notice: str = Field(description="What you must show wherever you show the outlines.")
    href: str | None = Field(description="Where its outlines are; null when it has none.")
    nearest: str | None = Field(description="Without outlines: the edition nearest in time that has them.")


class Editions(Answer):
    """All editions. They never need more than one page."""

    items: list[EditionOut]
    next: str | None = None
