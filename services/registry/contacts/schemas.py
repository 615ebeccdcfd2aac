"""How a contact is answered, and what is sent to change it."""

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Literal, get_args
from uuid import UUID

from fastapi import Query
from pydantic import AfterValidator, Field, ValidationInfo, field_validator

from services.registry.bodies.restated import FactCorrection, Freshness
from services.registry.bodies.schemas import Day
from services.registry.contacts.values import value_of
from services.registry.ledger.acts import Reasoned
from shared.clock import today
from shared.schemas import Answer, Line, Schema

Channel = Literal["email", "phone", "textphone", "relay", "web", "form", "post", "in_person"]
Purpose = Literal[
    "enquiries",
    "complaints",
    "contribute_to_a_plan",
    "board_question",
    "voluntary_sector",
    "media",
    # What imports know of: published plans, the seat of a body, the surgery of a practice.
    "plans",
    "headquarters",
    "practice",
]
Accessible = Literal[
    "textphone",
    "relay",
    "bsl",
    "bsl_video",
    "easy_read",
    "large_print",
    "audio",
    "braille",
    "interpreter",
    "hearing_loop",
    "step_free",
    "quiet_room",
]
How = Literal["was_answered", "asked_the_body", "read_its_page", "went_there"]


def not_later(given: date) -> date:
    """Refuse a day that is still to come."""
    if given > today():
        raise ValueError("is in the future: give today or an earlier day")
    return given


PastDay = Annotated[Day, AfterValidator(not_later)]
Routes = Annotated[list[Accessible], Field(max_length=len(get_args(Accessible)))]


class ContactOut(Answer):
    """A way to reach a body, as its source published it."""

    id: UUID
    body_id: UUID
    channel: Channel
    value: str = Field(
        description="Telephone numbers in E.164, with `;ext=` before an extension; before that of a `relay`, "
        "dial 18001. A number that cannot be dialled stays as its source wrote it."
    )
    purpose: Purpose
    accessible: list[str] = Field(description="What it offers to those who cannot use others.")
    hours: str | None
    is_personal: bool = Field(description="Whether it leads to one person instead of a role or an office.")
    known_on: date = Field(description="The day for which the source says it.")
    verified_on: date | None = Field(description="When somebody last verified that it works.")
    verified_how: str | None
    freshness: Freshness = Field(description="`stale` after a year: it may lead nowhere.")
    doubtful_since: date | None = Field(
        description="Since when words sent there came back to several, and nobody has verified it again."
    )
    ended_on: date | None = Field(description="The last day on which it was in use, where it is known.")
    source: str


@dataclass(frozen=True, slots=True)
class ContactFilter:
    """Which contacts a list holds."""

    purpose: Annotated[Purpose | None, Query(description="Only contacts for this.")] = None
    channel: Annotated[Channel | None, Query(description="Only contacts of this channel.")] = None
    accessible: Annotated[Accessible | None, Query(description="Only contacts that offer this.")] = None
    fresh: Annotated[bool | None, Query(description="Only contacts that are fresh; or only others.")] = None
    ended: Annotated[bool, Query(description="Also contacts that had ended by that day.")] = False


class ContactDetail(ContactOut):
    """A contact, with the version of the body that it belongs to, as its `ETag`."""

    version: int


class ContactFacts(Schema):
    """What is said of a contact besides where it leads and what it is for."""

    accessible: Routes = Field([], description="What it offers to those who cannot use others.")
    hours: Line | None = Field(None, description="When somebody is there.")
    is_personal: bool = Field(
        False, description="Whether it leads to one person: it needs a `source` that is an https address."
    )
    known_on: PastDay | None = Field(None, description="The day for which the source says it; today.")
    verified_on: PastDay | None = Field(None, description="When somebody verified that it works.")


class ContactGiven(ContactFacts):
    """A contact that is to be known."""

    channel: Channel
    value: str = Field(
        description="What the channel leads to: one e-mail address, a telephone number (kept in E.164, with "
        "`;ext=` before an extension), an address of the web, or where to write or go, in one line."
    )
    purpose: Purpose = Field(description="What it is for.")

    @field_validator("value")
    @classmethod
    def leads_somewhere(cls, value: str, info: ValidationInfo) -> str:
        """Refuse a value that its channel cannot have."""
        return value_of(info.data["channel"], value) if "channel" in info.data else value


class NewContact(ContactGiven, Reasoned):
    """A contact that is to be known, with reason and source."""


class ContactCorrection(FactCorrection):
    """What a contact says instead of before; what is left out stays, null empties what can be empty."""

    never_empty = frozenset({"channel", "value", "purpose", "accessible", "is_personal", "known_on"})

    channel: Channel | None = None
    value: str | None = None
    purpose: Purpose | None = None
    accessible: Routes | None = None
    hours: Line | None = None
    is_personal: bool | None = None
    known_on: PastDay | None = None
    verified_on: PastDay | None = None
    ended_on: Day | None = None


class Verification(Reasoned):
    """That somebody verified that a contact works."""

    verified_on: PastDay = Field(description="The day on which it was verified.")
    how: How = Field(description="How: by an answer, by asking the body, by its page, or by going there.")


class ContactEnding(Reasoned):
    """That a contact ends."""

    ended_on: Day = Field(description="The last day on which it is in use.")
