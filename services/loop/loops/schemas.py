"""Shapes of the requests that draft a loop and take its first steps."""

from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fastapi import Query
from pydantic import AfterValidator, Field, StringConstraints

from services.loop.core.prose import WORDS_OF_A_FACT
from services.loop.view.schemas import Agreed, Raiser
from shared.events.loop import State
from shared.plain_words import at_least, says_little
from shared.schemas import BodyRef, Line, Prose, Schema

# Stands where a moderator cut something out.
CUT = "[…]"


def refuse_repeats(ids: list[UUID]) -> list[UUID]:
    """Refuse a list that names the same thing twice."""
    if len(set(ids)) < len(ids):
        raise ValueError("must name each piece of feedback once")
    return ids


FeedbackIds = Annotated[list[UUID], Field(max_length=200), AfterValidator(refuse_repeats)]


def is_readable(words: str) -> bool:
    """Whether cuts leave a word of these to read."""
    return not says_little(words.replace(CUT, " "), 1)


def leave_something(words: str) -> str:
    """Refuse words of which cuts leave nothing that can be read."""
    if not is_readable(words):
        raise ValueError("must leave something to read: cut only what names somebody")
    return words


def leave_cuts_alone(passage: str) -> str:
    """Refuse passages that nobody can read, or that hold a cut."""
    if CUT in passage or not any(map(str.isalnum, passage)):
        raise ValueError("must be words as they are shown, without `[…]`")
    return passage


Passage = Annotated[str, StringConstraints(min_length=2, max_length=500), AfterValidator(leave_cuts_alone)]


class NewLoop(Schema):
    """A loop to draft."""

    title: Annotated[Line, at_least(1)] = Field(description="What it is about, in one line.")
    you_said: Annotated[Prose, at_least(1)] = Field(description="A summary of what people said.")
    feedback_ids: FeedbackIds = Field([], description="The feedback that it answers.")
    organisation: BodyRef | None = Field(None, description="The body that must answer: id, `ods:` or `ons:`.")
    footprint: BodyRef | None = Field(None, description="The footprint that it is about.")
    raised_by: Raiser = Field("body", description="Who raises it: the body itself or somebody else.")
    you_said_agreed: Agreed = Field("not_asked", description="Whether contributors agreed the summary.")
    demonstration: bool = Field(False, description="Whether it only shows how loops work.")


class Wording(Schema):
    """Confirms that a person has read a loop's words, with any changes that keep people unrecognised."""

    moderated: bool = Field(
        False, description="Whether a person has read the title and summary before they are public."
    )
    title: Annotated[Line, AfterValidator(leave_something)] | None = Field(
        None,
        description="The title with `[…]` in the place of what identifies somebody. Another title shows as "
        "changed by the body.",
    )
    you_said: Annotated[Prose, AfterValidator(leave_something)] | None = Field(
        None,
        description="The summary with `[…]` in the place of what identifies somebody. Another summary shows "
        "as changed by the body.",
    )

    cover: list[Passage] = Field(
        [],
        max_length=20,
        description="Passages, exactly as they are shown, that tell of who took back what they said. "
        "`[…]` takes their place in all that people wrote in the loop.",
    )

    @property
    def has_words(self) -> bool:
        """Whether a moderator puts other words in the place of the loop's."""
        return self.moderated and bool(self.title or self.you_said or self.cover)


class Resumption(Wording):
    """Sets the complaint aside, and confirms that no word of it is left in the loop's words."""

    reason: Prose = Field(description="Why the loop can go on without the complaint. Do not name people.")


class Acknowledgement(Wording):
    """Acknowledges what people said, and asks Doorway to tell them. It also opens a draft."""

    preview_id: str | None = Field(
        None, max_length=64, description="The `preview_id` of the preview of tellings that you have seen."
    )


class Statement(Schema):
    """The one statement that the body may attach."""

    statement: Annotated[Prose, at_least(WORDS_OF_A_FACT)] = Field(
        description="What the body wants to say about this loop."
    )


@dataclass(frozen=True, slots=True)
class LoopFilter:
    """The loops that a list holds."""

    footprint: Annotated[BodyRef | None, Query(description="Only loops about this footprint.")] = None
    organisation: Annotated[BodyRef | None, Query(description="Only loops that this body must answer.")] = (
        None
    )
    state: Annotated[State | None, Query(description="Only loops in this state.")] = None
    inherited: Annotated[
        bool | None,
        Query(description="True: only loops inherited from bodies that have closed. False: none of them."),
    ] = None
