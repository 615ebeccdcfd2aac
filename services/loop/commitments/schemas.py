"""Shapes of what is done with commitments."""

from datetime import date
from typing import Annotated

from pydantic import Field

from services.loop.core.prose import WORDS_OF_A_FACT
from shared.plain_words import at_least
from shared.schemas import BodyRef, Line, Prose, Schema


class Owner(Schema):
    """The team that keeps a commitment; a person cannot own one."""

    organisation: BodyRef = Field(description="The organisation: id, `ods:` or `ons:`.")
    team: Line = Field(description="The team, by the name that its key carries.")
    role: Annotated[Line, at_least(1)] = Field(
        description="The role that answers for it, not the name of a person."
    )


class NewCommitment(Schema):
    """A promise of what people will notice."""

    owner: Owner
    due_on: date = Field(description="The day by which people will notice.")
    people_will_notice: Prose | None = Field(
        None, description="What people will notice: “People will notice that…”."
    )
    measure: Annotated[Prose, at_least(WORDS_OF_A_FACT)] = Field(
        description="How anybody can tell whether it has happened."
    )
    because: Prose | None = Field(
        None,
        description="If it is refused as an activity: why it counts, in public. Otherwise leave it out.",
    )


class Revision(Schema):
    """Another due date or owner, and why. The first due date stays visible, and every slip is counted."""

    due_on: date | None = Field(None, description="The new due date.")
    owner: Owner | None = Field(None, description="The new owner. That team must accept.")
    reason: Annotated[Prose, at_least(1)] = Field(description="Why, for everybody to read.")
    because: Prose | None = Field(
        None,
        description="If the reason is refused as too thin: why it is enough, in public. "
        "Otherwise leave it out.",
    )


class ChangeClaim(Schema):
    """A claim that the change has been made, on the evidence given."""

    because: Prose | None = Field(
        None,
        description="If the evidence is refused as an activity: why it counts, in public. "
        "Otherwise leave it out.",
    )
