"""What the registry tells: each event carries the whole public state after the change."""

from datetime import date
from typing import ClassVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from shared.events.base import Audience, Event


class Successor(BaseModel):
    """A body that took over, with the share of the residents that went to it."""

    model_config = ConfigDict(frozen=True)

    id: UUID
    share: float


class FootprintState(Event):
    """The public state of a footprint."""

    audience: ClassVar[Audience] = "public"
    aggregate: ClassVar[str] = "footprint_id"

    footprint_id: UUID
    name: str
    kind: str
    scheme: str
    ods: str | None
    ons: str | None
    valid_from: date
    valid_to: date | None
    region: str | None
    residents: int | None
    is_organisation: bool
    successors: tuple[Successor, ...] = ()
    succeeded_on: date | None = Field(
        None, description="From when on its matters are its successors', once that was applied."
    )


class FootprintRegistered(FootprintState):
    """A footprint is known to the registry."""

    type: ClassVar[str] = "registry.footprint_registered.v1"


class FootprintChanged(FootprintState):
    """What is publicly known of a footprint changed."""

    type: ClassVar[str] = "registry.footprint_changed.v1"


class FootprintSucceeded(FootprintState):
    """What a footprint owned is its successors' from now on; told once for each predecessor."""

    type: ClassVar[str] = "registry.footprint_succeeded.v1"


class FootprintRestated(FootprintState):
    """A footprint as it stands, told again so that copies of it can be rebuilt."""

    type: ClassVar[str] = "registry.footprint_restated.v1"
    audience: ClassVar[Audience] = "internal"


class OrganisationState(Event):
    """The public state of an organisation."""

    audience: ClassVar[Audience] = "public"
    aggregate: ClassVar[str] = "organisation_id"

    organisation_id: UUID
    name: str
    kind: str
    ods: str | None
    ons: str | None
    valid_from: date | None
    valid_to: date | None
    footprint_id: UUID | None
    demonstration: bool = False


class OrganisationRegistered(OrganisationState):
    """An organisation is known to the registry."""

    type: ClassVar[str] = "registry.organisation_registered.v1"


class OrganisationChanged(OrganisationState):
    """What is publicly known of an organisation changed."""

    type: ClassVar[str] = "registry.organisation_changed.v1"


class OrganisationRestated(OrganisationState):
    """An organisation as it stands, told again so that copies of it can be rebuilt."""

    type: ClassVar[str] = "registry.organisation_restated.v1"
    audience: ClassVar[Audience] = "internal"
