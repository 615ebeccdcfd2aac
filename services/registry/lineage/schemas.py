"""Shapes of a lineage."""

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from fastapi import Query
from pydantic import Field

from services.registry.bodies.schemas import BodyNamed, BodyState
from shared.paging import Page
from shared.schemas import Answer, Code

EditionOfCode = Annotated[
    Code | None,
    Query(
        description="Which body a code means: one of a family (`STP`, `ICB`), or of an edition (`STP2016`)."
    ),
]
Kind = Literal["succeeded_by", "area_passed_to"]


class Passed(Answer):
    """What passed to a neighbour in time."""

    id: UUID
    share: float = Field(description="Of the residents at that time.")
    on: date
    source: str


class LineageEntry(BodyNamed):
    """One edition of a footprint: the same body has several when its codes or boundary changed."""

    edition: str = Field(description="The edition of the boundaries, such as `STP2016`.")
    valid_from: date
    valid_to: date | None
    residents: int | None
    relation: Literal["this", "predecessor", "successor"]
    share: float = Field(
        description="For a predecessor: the share of its residents that are in this footprint. For a"
        " successor: the share of this footprint's residents that are in it. Computed step by step."
    )
    successors: list[Passed] = Field(description="What passed from it to its immediate neighbours in time.")


class FootprintEdition(Answer):
    """One edition of a footprint, with the codes that it began with."""

    edition: str
    ods: str | None
    ons: str | None
    valid_from: date
    valid_to: date | None
    residents: int | None


class Neighbour(Answer):
    """A footprint that residents came from or went to on a day."""

    footprint: BodyNamed
    editions: list[FootprintEdition] = Field(
        description="Its editions on that side of the day, newest first."
    )
    on: date = Field(description="The first day on which they belonged to the later one of the two.")
    kind: Kind = Field(description="`area_passed_to` when the earlier one stayed open.")
    share: float = Field(description="The share of the earlier one's residents that passed to the later one.")
    basis: Literal["declared", "computed"] = Field(
        description="Whether the share was declared, or computed by overlap of small areas."
    )
    source: str


class Descendant(Neighbour):
    """A footprint that residents went to, with those that they went on to."""

    share_of_asked: float = Field(
        description="The share of the residents of the footprint asked about that came here by this way."
    )
    stayed: float = Field(description="The share of the same residents that are still here.")
    successors: list["Descendant"]


class Ancestor(Neighbour):
    """A footprint that residents came from, with those that they had come from before."""

    share_of_asked: float | None = Field(
        description="The share of the residents of the footprint asked about that came from here by this way;"
        " null if the residents of that time are not known."
    )
    share_in_asked: float = Field(
        description="The share of this footprint's residents before that day that came into the one asked"
        " about by this way."
    )
    predecessors: list["Ancestor"]


class Present(BodyNamed):
    """What a footprint has become."""

    share: float = Field(description="Of the residents of the footprint asked about.")


class DeclaredLink(Answer):
    """What is declared to pass on a day to come; the declaration can still be withdrawn."""

    predecessor: UUID
    successor: BodyNamed
    on: date
    kind: Kind
    share: float = Field(description="Of the predecessor's residents.")
    source: str


class FootprintMeant(BodyState):
    """The footprint that a reference means, as it was in the edition asked about."""

    edition: str = Field(description="The edition whose residents the shares are of.")


class LineageOut(Page[LineageEntry]):
    """Where a footprint came from, and what it has become."""

    footprint: FootprintMeant
    as_of: date = Field(
        description="The day up to which the lineage reaches: today unless you ask for another."
    )
    today: list[Present] = Field(description="What it has become by that day, the largest share first.")
    predecessors: list[Ancestor]
    successors: list[Descendant]
    declared: list[DeclaredLink] = Field(description="What is declared to become of it after that day.")


OrganisationStepKind = Literal["succeeded_by", "area_passed_to", "services_passed_to"]


class OrganisationStep(Answer):
    """What passed from one organisation to another."""

    organisation: BodyNamed
    on: date | None = Field(description="The first day on which the later one had it; null if not known.")
    kind: OrganisationStepKind = Field(
        description="`succeeded_by` if the earlier one closed; otherwise it stayed open and passed on some"
        " services or area."
    )
    share: float | None = Field(description="The share of the earlier one's residents, if known.")
    note: str | None = Field(description="What passed to whom, if the source says so.")
    source: str


class Heir(OrganisationStep):
    """An organisation that took over, with those that took over from it."""

    successors: list["Heir"]


class Forebear(OrganisationStep):
    """An organisation that was taken over, with those that it had taken over."""

    predecessors: list["Forebear"]


class StandsToday(BodyNamed):
    """An open organisation that another has become."""

    share: float | None = Field(
        description="Of the residents of the body asked about, where its area is known and it became several."
    )
    footprint: BodyNamed | None = Field(description="The footprint that it belongs to or lies in.")


class OrganisationLineage(Answer):
    """What an organisation came from, and what it has become."""

    organisation: BodyState
    as_of: date = Field(
        description="The day up to which the lineage reaches: today unless you ask for another."
    )
    today: list[StandsToday] = Field(
        description="What it has become by that day, or itself while it is open. Empty if no source says."
    )
    detail: str | None = Field(description="What to do if no source says what became of it.")
    predecessors: list[Forebear]
    successors: list[Heir]
