"""Shapes of reply codes and of what their holders see."""

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from services.feedback.loops.schemas import AnsweringLoop
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


class Replies(Schema):
    """Reply codes, however they were typed."""

    reply_codes: list[TypedCode] = Field(min_length=1, max_length=100)


class Withdrawal(Reply):
    """A request to withdraw feedback."""

    erase: bool = Field(False, description="Also erase everything personal about it.")


class Unsubscribed(Answer):
    """A confirmation that no more mail will come."""

    message: str


class FeedbackStep(Answer):
    """One step of a piece of feedback."""

    what: Literal[
        "received", "revised", "read", "published", "withheld", "forwarded", "withdrawn", "erased"
    ] = Field(
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
    to: str | None = Field(None, description="Of a complaint that was `forwarded`: who takes it, by name.")
    acknowledge_by: date | None = Field(None, description="The last day on which they must acknowledge it.")


class ReplyView(Answer):
    """What happened so far with a piece of feedback; never the contributor's own words."""

    state: Literal["unused", "received", "published", "withheld", "withdrawn", "erased"]
    kind: str | None
    received_at: Moment | None
    steps: list[FeedbackStep]
    loops: list[AnsweringLoop] = Field([], description="The loops that answer it: you said, we did.")
    message: str
    notice: str


class ReplyResult(Answer):
    """What happened under one of many codes, or what is wrong with that code."""

    line: int = Field(description="The place of the code in the request, from 1.")
    reply: ReplyView | None = None
    error: str | None = None
    detail: str | None = None


class RepliesView(Answer):
    """What happened under many codes, in their order; never anybody's words."""

    results: list[ReplyResult]
