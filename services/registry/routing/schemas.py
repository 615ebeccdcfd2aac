"""What is asked about a matter, and whom to turn to with it. The place is never repeated."""

from datetime import date
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from services.registry.bodies.schemas import BodyNamed, Day
from services.registry.contacts.schemas import ContactOut
from services.registry.lookup.schemas import PlaceGiven
from services.registry.routing.rules import Level, Matter, Name
from shared.schemas import Answer, BodyRef, Schema


class RoutePlace(PlaceGiven):
    """A place, in exactly one way: as in a lookup, or a `footprint` by our id or a code."""

    footprint: BodyRef | None = Field(None, description="Our id, or a code: `ods:QHM`, `ons:E54000050`.")


class RouteAsked(Schema):
    """A matter, and where it is."""

    place: RoutePlace | None = Field(None, description="Where; not needed where life is in danger.")
    matter: Matter
    topic: Annotated[str, StringConstraints(min_length=2, max_length=60)] | None = Field(
        None, description="The kind of service: a code such as `gp`, or a word for it such as `surgery`."
    )
    level: Level = "local"
    organisation: BodyRef | None = Field(
        None, description="The body that it is about, where that is known: a trust, a practice, a council."
    )
    as_of: Day | None = Field(None, description="The day that is asked about; today by default.")


class Elsewhere(Answer):
    """Somebody who is not in the registry."""

    name: str
    web: str


class NoReplyOut(Answer):
    """How long to wait for an answer, and what to do then; either of the two kinds of days is null."""

    days: int | None
    working_days: int | None = Field(description="Without weekends and the bank holidays of England.")
    then: str


class Step(Answer):
    """Whom to turn to next."""

    order: int
    to: str = Field(description="Who it is in the rules: `board`, `trust`, `ombudsman` and so on.")
    body: BodyNamed | None = Field(description="The body of the registry that the place decides.")
    candidates: list[BodyNamed] = Field(description="Where the place leaves several: one of these.")
    external: Elsewhere | None = Field(description="Somebody outside the registry, or who helps to find it.")
    contact: ContactOut | None = Field(description="A door of the body that is current and for this.")
    not_known: str | None = Field(description="What is not known of this step.")
    suggest: str | None = Field(description="Where to suggest a door, if none is known.")
    why: str
    if_no_reply_after: NoReplyOut
    source: Elsewhere = Field(description="The law, standard or page that says so.")


class Route(Answer):
    """Whom to turn to with a matter, in order."""

    as_of: date
    rules_version: str
    rule: str = Field(description="The rule that was taken, to report where it led wrong.")
    matter: Matter
    topic: str | None
    level: Level
    matter_note: str | None
    ask_for: Literal["postcode", "organisation"] | None = Field(
        description="What would decide between candidates."
    )
    steps: list[Step]


class NewMisroute(Schema):
    """That a step led wrong; nothing is told of who went there, or with what."""

    rule: Name = Field(description="`rule` of the answer.")
    went_to: Name = Field(description="`to` of the step.")
    what_happened: Literal["moved_on", "wrong_body", "closed"]
    should_be: Name | None = Field(None, description="Who it should have been, as the rules call it.")


class MisrouteOut(Answer):
    """How often a step of a rule led wrong."""

    rules_version: str
    rule: str
    went_to: str
    what_happened: Literal["moved_on", "wrong_body", "closed"]
    should_be: str | None
    count: int
    last_on: date
