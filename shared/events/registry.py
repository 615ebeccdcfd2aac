"""The events of the registry: each carries the whole public state after the change."""

from datetime import date
from typing import ClassVar, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from shared.events.base import Audience, Event


class Successor(BaseModel):
    """A body that took over, with the share of the residents that went to it."""

    model_config = ConfigDict(frozen=True)

    id: UUID
    share: float


class OrganisationSuccessor(BaseModel):
    """A body that took over from an organisation, with the share that went to it where that is known."""

    model_config = ConfigDict(frozen=True)

    id: UUID
    share: float | None = None


class Membership(BaseModel):
    """The days on which an organisation was in a footprint; an open end is null."""

    model_config = ConfigDict(frozen=True)

    footprint_id: UUID
    valid_from: date | None
    valid_to: date | None


class FootprintState(Event):
    """The public state of a footprint."""

    audience: ClassVar[Audience] = "public"
    aggregate: ClassVar[str] = "footprint_id"

    footprint_id: UUID
    name: str
    kind: str
    edition: str
    ods: str | None
    ons: str | None
    valid_from: date
    valid_to: date | None
    region: str | None
    residents: int | None
    is_organisation: bool
    operated_by: tuple[UUID, ...] = Field(
        (), description="The bodies that operate it, or ever did: none is another organisation to it."
    )
    successors: tuple[Successor, ...] = ()
    succeeded_on: date | None = Field(
        None,
        description="The day from which its successors answer for it, once a succession was applied.",
    )


class FootprintRegistered(FootprintState):
    """A footprint was registered."""

    type: ClassVar[str] = "registry.footprint_registered.v1"


class FootprintChanged(FootprintState):
    """What is publicly known about a footprint changed."""

    type: ClassVar[str] = "registry.footprint_changed.v1"


class FootprintSucceeded(FootprintState):
    """A footprint's successors now own what it owned; published once for each predecessor."""

    type: ClassVar[str] = "registry.footprint_succeeded.v1"


class FootprintWithdrawn(FootprintState):
    """The merger that was to open a footprint was withdrawn before its day: the footprint never opens."""

    type: ClassVar[str] = "registry.footprint_withdrawn.v1"


class FootprintRestated(FootprintState):
    """The present state of a footprint, published again so that copies of it can be rebuilt."""

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
    footprint_id: UUID | None = Field(
        description="The footprint that it is a member of; of one that closed, the last that it was in."
    )
    memberships: tuple[Membership, ...] = Field(
        (),
        description="The footprints that it is, was or will be in; of two on one day, the main one first.",
    )
    demonstration: bool = False
    operated_by: tuple[UUID, ...] = Field(
        (), description="The bodies that operate it, or ever did: none is another organisation to it."
    )
    successors: tuple[OrganisationSuccessor, ...] = ()
    succeeded_on: date | None = Field(
        None,
        description="The day from which its successors answer for it, once a succession was applied.",
    )


class OrganisationRegistered(OrganisationState):
    """An organisation was registered."""

    type: ClassVar[str] = "registry.organisation_registered.v1"


class OrganisationChanged(OrganisationState):
    """What is publicly known about an organisation changed."""

    type: ClassVar[str] = "registry.organisation_changed.v1"


class OrganisationSucceeded(OrganisationState):
    """An organisation's successors now own what it owned; published once for each predecessor."""

    type: ClassVar[str] = "registry.organisation_succeeded.v1"


class OrganisationRestated(OrganisationState):
    """The present state of an organisation, published again so that copies of it can be rebuilt."""

    type: ClassVar[str] = "registry.organisation_restated.v1"
    audience: ClassVar[Audience] = "internal"


class AppointmentState(Event):
    """The public state of an appointment, without who holds it."""

    audience: ClassVar[Audience] = "public"
    aggregate: ClassVar[str] = "body_id"

    body_id: UUID
    appointment_id: UUID
    role: str
    status: Literal["confirmed", "interim", "shared", "vacant", "not_announced"]
    shared_with: tuple[UUID, ...] = ()
    held_from: date | None
    held_to: date | None
    known_on: date
    confirmed_on: date | None
    withdrawn: bool = Field(False, description="Whether it was withdrawn, because it was never true.")


class AppointmentMade(AppointmentState):
    """Somebody was appointed, or a role is known to be vacant."""

    type: ClassVar[str] = "registry.appointment_made.v1"


class AppointmentChanged(AppointmentState):
    """An appointment was corrected, confirmed or withdrawn."""

    type: ClassVar[str] = "registry.appointment_changed.v1"


class AppointmentEnded(AppointmentState):
    """An appointment ended."""

    type: ClassVar[str] = "registry.appointment_ended.v1"


class AppointmentStale(AppointmentState):
    """Nobody has verified an appointment for 180 days."""

    type: ClassVar[str] = "registry.appointment_stale.v1"


class ContactState(Event):
    """The public state of a contact, without its address or number."""

    audience: ClassVar[Audience] = "public"
    aggregate: ClassVar[str] = "body_id"

    body_id: UUID
    contact_id: UUID
    channel: str
    purpose: str
    accessible: tuple[str, ...] = ()
    known_on: date
    verified_on: date | None
    ended_on: date | None
    withdrawn: bool = Field(False, description="Whether it was withdrawn, because it was never true.")


class ContactChanged(ContactState):
    """A contact was added, corrected, doubted, ended or withdrawn."""

    type: ClassVar[str] = "registry.contact_changed.v1"


class ContactVerified(ContactState):
    """Somebody verified that a contact works."""

    type: ClassVar[str] = "registry.contact_verified.v1"


class KnockUnanswered(ContactState):
    """A contact answered none of three or more organisations in 90 days; published once in 90 days."""

    type: ClassVar[str] = "registry.knock_unanswered.v1"


class StakeholderState(Event):
    """The public state of a stakeholder, without its address."""

    audience: ClassVar[Audience] = "public"
    aggregate: ClassVar[str] = "stakeholder_id"

    stakeholder_id: UUID
    organisation_id: UUID | None
    reaches: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    consent_expires_on: date | None
    ended_on: date | None


class StakeholderRegistered(StakeholderState):
    """A group that reaches people was registered."""

    type: ClassVar[str] = "registry.stakeholder_registered.v1"


class StakeholderChanged(StakeholderState):
    """What is known about a stakeholder changed, or its listing ended."""

    type: ClassVar[str] = "registry.stakeholder_changed.v1"


class StakeholderConsentExpiring(StakeholderState):
    """A stakeholder's consent to show its address ends within 30 days."""

    type: ClassVar[str] = "registry.stakeholder_consent_expiring.v1"
