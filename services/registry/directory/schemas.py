"""What a directory can hold."""

from typing import Annotated, Literal

from fastapi import Query

from services.registry.bodies.schemas import Kind
from shared.schemas import BodyRef

Kinds = Annotated[
    list[Literal[Kind, "stp"]],
    Query(
        alias="type",
        default_factory=list,
        max_length=12,
        description="Bodies of these kinds instead of the footprints: `nhs_trust`, `gp_practice` and so on.",
    ),
]
OfFootprint = Annotated[
    BodyRef | None, Query(description="Only this footprint; with `type`, what belongs to it.")
]
