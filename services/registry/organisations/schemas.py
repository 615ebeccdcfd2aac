"""How an organisation is answered, and what registers one."""

from datetime import date
from typing import Literal

from pydantic import Field

from services.registry.bodies.schemas import BodyNamed, BodyState, Left, OdsCode, OnsCode, SaidDay
from services.registry.contacts.schemas import ContactOut
from services.registry.known.schemas import NotKnown
from services.registry.ledger.acts import Because
from services.registry.lineage.schemas import OrganisationStep, StandsToday
from shared.schemas import BodyRef, Line, Schema


class OrganisationOut(BodyState):
    """An organisation as it was on a day."""

    legal_form: str | None
    footprint: BodyNamed | None = Field(description="The footprint with most of it; a board is its own.")


class OrganisationDetail(OrganisationOut):
    """An organisation with its contacts, as far as they were known on a day."""

    as_of: date
    source: str
    contacts: list[ContactOut]
    today: list[StandsToday] = Field(
        description="What it has become by that day, or itself while it is open. Empty if no source says."
    )
    predecessors: list[OrganisationStep] = Field(description="From whom it took over; `/lineage` goes on.")
    successors: list[OrganisationStep] = Field(description="Who took over from it; `/lineage` goes on.")
    not_known: list[NotKnown]


class OrganisationEnded(OrganisationDetail):
    """An organisation that closes."""

    left: list[Left] = Field(description="What ended with it, and what refers to it still.")


BY_HAND = "registered by a steward"
KindRegistered = Literal[
    "nhs_trust", "gp_practice", "local_authority", "healthwatch", "voluntary", "other_health_care"
]


class NewOrganisation(Schema):
    """A body that is to be registered."""

    name: Line
    kind: KindRegistered = Field(description="Charities and groups are `voluntary`.")
    ods: OdsCode | None = None
    ons: OnsCode | None = None
    legal_form: Line | None = None
    valid_from: SaidDay | None = Field(None, description="The day on which it opened, if that is known.")
    footprint: BodyRef | None = Field(None, description="The footprint that it belongs to.")
    demonstration: bool = Field(False, description="Whether it is invented, to show how things work.")
    reason: Because = Field(BY_HAND, description="Why, in one line that everybody may read.")
    source: Because = Field(BY_HAND, description="Where it can be checked.")
