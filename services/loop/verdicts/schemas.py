"""Shapes of verdicts."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from shared.schemas import Answer, Moment, Prose, Schema

DidItHappen = Literal["yes", "partly", "no", "cannot_tell"]
Worth = Literal["better", "same", "worse", "too_soon"]
Marks = Annotated[int, Field(ge=1, le=5)]


class NewVerdict(Schema):
    """What one person makes of a loop."""

    reply_code: Annotated[str, StringConstraints(min_length=12, max_length=20)]
    loop_id: UUID | None = Field(None, description="Which loop. Needed only where several ask for a verdict.")
    did_it_happen: DidItHappen = Field(description="Did it happen?")
    worth: Worth | None = Field(None, description="Are things better because of it?")
    explained_well: Marks | None = Field(None, description="How well the body explained it, 1 to 5.")
    felt_heard: Marks | None = Field(None, description="How much you felt heard, 1 to 5.")
    comment: Prose | None = Field(None, description="For the body. It is never shown in public.")


class VerdictOut(Answer):
    """A verdict, for the person who gave it."""

    loop_id: UUID
    did_it_happen: DidItHappen
    worth: Worth | None
    explained_well: int | None
    felt_heard: int | None
    given_at: Moment
    changed_at: Moment | None
    open_until: Moment | None = Field(description="Until then you can change it with the same code.")


class Comment(Answer):
    """What somebody wrote with a verdict."""

    did_it_happen: DidItHappen
    comment: str
    given_at: Moment


class VerdictsView(Answer):
    """People's verdicts on a loop; in public, small numbers are held back."""

    loop_id: UUID
    verdicts: int | str = Field(description="How many people gave one; in public 1 to 4 are `fewer than 5`.")
    too_few: bool = Field(description="Whether there are too few answers to say.")
    message: str
    did_it_happen: dict[str, int | str] | None = Field(
        description="In public null when there are fewer than 5."
    )
    worth: dict[str, int | str] | None
    explained_well: dict[str, int | str] | None
    felt_heard: dict[str, int | str] | None
    comments: list[Comment] = Field(description="Only for the body that must answer.")
