"""Shapes of reply codes and of what their holders see."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from shared.schemas import Answer, Moment, Schema

TypedCode = Annotated[
    str,
    StringConstraints(min_length=12, max_length=20),
    Field(description="A reply code, or the mailed code for the same feedback."),
]


class NewReplyCodes(Schema):
    """A request for reply codes in advance, for survey links and paper cards."""

    source_id: UUID
    count: int = Field(ge=1, le=1000)


class ReplyCodes(Answer):
    """Reply codes that were issued; this answer is the only one that shows them."""

    source_id: UUID
    issued_at: Moment
    reply_codes: list[str]


class Reply(Schema):
    """A reply code, however it was typed."""

    reply_code: TypedCode


class Withdrawal(Reply):
    """A request to withdraw feedback."""

    erase: bool = Field(False, description="Also erase everything personal about it.")


class Unsubscribed(Answer):
    """A confirmation that no more mail will come."""

    message: str


class LoopStep(Answer):
    """One step of a loop."""

    what: str
    at: Moment


class AnsweringLoop(Answer):
    """The public facts of a loop that answers somebody's feedback."""

    loop_id: UUID
    state: str
    answer: str | None
    closed_as: str | None
    judged_by: str | None = Field(
        description="Who verified that something changed: `another_organisation` or `the_body_itself`."
    )
    demonstration: bool = Field(description="Whether it is a demonstration, not a real body's act.")
    organisation_id: UUID | None
    footprint_id: UUID | None
    verdict_wanted: bool = Field(description="Whether your verdict is wanted now.")
    steps: list[LoopStep]
    message: str


class FeedbackStep(Answer):
    """One step of a piece of feedback."""

    what: Literal["received", "revised", "read", "published", "withheld", "withdrawn", "erased"] = Field(
        description="`revised`: whoever sent it put other words in the place of those that were received."
    )
    at: Moment
    by: str | None = Field(
        None,
        description="Who did it: `with the reply code` (you, or who sent it and has seen the code), "
        "`the organisation that sent it`, `the operator of Doorway`, "
        "`rule` (its source keeps it no longer), or the body that it was about, by name.",
    )
    reason: str | None = Field(None, description="The reason they gave, with personal data masked.")


class ReplyView(Answer):
    """What happened so far with a piece of feedback; never the contributor's own words."""

    state: Literal["unused", "received", "published", "withheld", "withdrawn", "erased"]
    kind: str | None
    received_at: Moment | None
    steps: list[FeedbackStep]
    loops: list[AnsweringLoop] = Field([], description="The loops that answer it: you said, we did.")
    message: str
    notice: str
