"""The question about a matter, and whom to turn to with it. No answer repeats the place."""

from datetime import date
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from services.registry.bodies.schemas import BodyNamed, Day
from services.registry.contacts.schemas import ContactOut
from services.registry.lookup.schemas import PlaceGiven
from services.registry.routing.rules import Level, Matter, Name
from shared.schemas import Answer, BodyRef, Schema

WhatHappened = Literal["moved_on", "wrong_body", "closed"]


class RoutePlace(PlaceGiven):
    """A place, in exactly one way: as in a lookup, or as a `footprint` by our id or a code."""

    footprint: BodyRef | None = Field(None, description="Our id, or a code: `ods:QHM`, `ons:E54000050`.")


class RouteAsked(Schema):
    """A matter, and where it is."""

    place: RoutePlace | None = Field(None, description="Where it is. Not needed when life is in danger.")
    matter: Matter
    topic: Annotated[str, StringConstraints(min_length=2, max_length=60)] | None = Field(
        None, description="The kind of service: a code such as `gp`, or a word for it such as `surgery`."
    )
    level: Level = "local"
    organisation: BodyRef | None = Field(
        None, description="The body that it is about, if you know it: a trust, a practice, a council."
    )
    as_of: Day | None = Field(None, description="The day that you ask about; today by default.")


class Elsewhere(Answer):
    """Somebody outside the registry, or a source."""

    name: str
    web: str


class NoReplyOut(Answer):
    """How long to wait for an answer, and what to do then. One of the two kinds of days is null."""

    days: int | None
    working_days: int | None = Field(description="Without weekends and bank holidays in England.")
    then: str


class Step(Answer):
    """Whom to turn to next."""

    order: int
    to: str = Field(description="Who it is in the rules: `board`, `trust`, `ombudsman` and so on.")
    body: BodyNamed | None = Field(description="The body of the registry that the place decides.")
    candidates: list[BodyNamed] = Field(
        description="Several bodies, if the place does not decide between them."
    )
    external: Elsewhere | None = Field(
        description="Somebody outside the registry, or who helps you to find the body."
    )
    contact: ContactOut | None = Field(description="A current contact of the body for this.")
    not_known: str | None = Field(description="What we do not know about this step.")
    suggest: str | None = Field(description="Where to suggest a contact, if we know none.")
    why: str
    if_no_reply_after: NoReplyOut
    source: Elsewhere = Field(description="The law, standard or page that says so.")


class Route(Answer):
    """Whom to turn to with a matter, in order."""

    as_of: date
    rules_version: str
    rule: str = Field(description="The rule that applied. Name it to report that it led wrong.")
    checked_on: date = Field(description="When somebody last read the sources of the rule.")
    check_again: bool = Field(description="Whether that was more than a year before the day asked about.")
    matter: Matter
    topic: str | None
    level: Level
    matter_note: str | None
    ask_for: Literal["postcode", "organisation"] | None = Field(
        description="What would decide between candidates."
    )
    steps: list[Step]


class NewMisroute(Schema):
    """A step that led wrong. Do not say who went there, or with what."""

    rule: Name = Field(description="`rule` of the answer.")
    went_to: Name = Field(description="`to` of the step.")
    what_happened: WhatHappened
    should_be: Name | None = Field(None, description="Whom it should have named, as the rules call them.")


class MisrouteOut(Answer):
    """How often a step of a rule led wrong."""

    rules_version: str
    rule: str
    went_to: str
    what_happened: WhatHappened
    should_be: str | None
    count: int
    last_on: date
