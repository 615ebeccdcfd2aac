"""Shapes of verdicts."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from shared.disclosure import ShownCount
from shared.masking import FieldMasks
from shared.schemas import Answer, Moment, Prose, Schema

DidItHappen = Literal["yes", "partly", "no", "cannot_tell"]
Worth = Literal["better", "same", "worse", "too_soon"]
TypedCode = Annotated[
    str,
    StringConstraints(min_length=12, max_length=20),
    Field(description="A reply code, or the mailed code for the same feedback."),
]
Marks = Annotated[int, Field(ge=1, le=5)]


class NewVerdict(Schema):
    """What one person makes of a loop."""

    reply_code: TypedCode
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
    witnessed: bool = Field(
        description="Whether somebody besides the body knows that you exist. Only such verdicts can confirm."
    )
    given_with: Literal["reply_code", "mailed_code"] = Field(
        description="Which code it was given with. If both give a verdict, that of the mailed code counts."
    )
    given_at: Moment
    changed_at: Moment | None = Field(description="When it was last changed. If it was not you, tell us.")
    changes: int = Field(description="How often it was changed.")
    open_until: Moment | None = Field(description="Until then you can change it with the same code.")
    notice: str = Field(description="Which verdict counts where two codes of one person give one.")
    masked: list[FieldMasks] = Field([], description="What is covered in your comment.")


class VerdictLookup(Schema):
    """A code, to see the verdicts of its holder."""

    reply_code: TypedCode


class VerdictsGiven(Answer):
    """The verdicts of a code's holder."""

    verdicts: list[VerdictOut] = Field(
        description="The mailed code shows what the reply code gave as well, but never the other way."
    )


class Comment(Answer):
    """What somebody wrote with a verdict."""

    did_it_happen: DidItHappen
    comment: str
    given_at: Moment


class VerdictsView(Answer):
    """People's verdicts on a loop; in public, small numbers are held back."""

    loop_id: UUID
    verdicts: ShownCount = Field(
        description="How many people gave one. In public it is held back while people vote, and 0 to 4 are "
        "`fewer than 5`. While people vote the body sees one for each code that gave one."
    )
    witnessed: ShownCount = Field(
        description="How many are witnessed: another organisation sent what the person said, or they used "
        "the code that a telling brought to an address of their own. Half must be, so that verdicts can "
        "confirm a loop."
    )
    not_witnessed: ShownCount = Field(description="How many are not. They confirm nothing by themselves.")
    changed: ShownCount = Field(description="How many were changed after they were given.")
    too_few: bool = Field(description="Whether there are too few answers to say.")
    message: str
    did_it_happen: dict[str, ShownCount] | None = Field(
        description="What witnessed verdicts say, as the next three do. In public null until the loop ends, "
        "and where it would tell a small number."
    )
    worth: dict[str, ShownCount] | None
    explained_well: dict[str, ShownCount] | None
    felt_heard: dict[str, ShownCount] | None
    others: dict[str, ShownCount] | None = Field(
        description="What verdicts that are not witnessed say of whether it happened."
    )
    comments: list[Comment] = Field(description="Only for the body that must answer.")
