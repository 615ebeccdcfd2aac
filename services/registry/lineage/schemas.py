"""How a lineage is told."""

from datetime import date
from typing import Literal
from uuid import UUID

from pydantic import Field

from services.registry.bodies.schemas import BodyNamed
from shared.schemas import Answer


class Passed(Answer):
    """What passed to a neighbour in time."""

    id: UUID
    share: float = Field(description="Of the residents at that time.")
    on: date
    source: str


class LineageEntry(BodyNamed):
    """One edition of a footprint: the same body has several when its codes or boundary changed."""

    scheme: str = Field(description="The edition of the boundaries, such as `STP2016`.")
    valid_from: date
    valid_to: date | None
    residents: int | None
    relation: Literal["this", "predecessor", "successor"]
    share: float = Field(
        description="Of a predecessor's residents: those that are in this footprint; of this footprint's"
        " residents: those that are in a successor. Computed by walking from neighbour to neighbour."
    )
    successors: list[Passed] = Field(description="What passed from it to its immediate neighbours in time.")
