"""Shapes of reply codes and of what their holders are told."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from shared.schemas import Answer, Moment, Schema

GivenCode = Annotated[str, StringConstraints(min_length=12, max_length=20)]


class NewReplyCodes(Schema):
    """A wish for reply codes beforehand, for survey links and paper cards."""

    source_id: UUID
    count: int = Field(ge=1, le=1000)


class ReplyCodes(Answer):
    """Reply codes that were issued; they are shown once."""

    source_id: UUID
    issued_at: Moment
    reply_codes: list[str]


class Reply(Schema):
    """A reply code, however it was typed."""

    reply_code: GivenCode


class Withdrawal(Reply):
    """A wish to take back what was said."""

    erase: bool = Field(False, description="Also make everything personal about it go.")


class Unsubscribed(Answer):
    """That no more mail comes."""

    message: str


class LoopHappening(Answer):
    """One thing that happened to a loop."""

    what: str
    at: Moment


class AnsweringLoop(Answer):
    """A loop that answers what somebody said: public facts."""

    loop_id: UUID
    state: str
    answer: str | None
    closed_as: str | None
    demonstration: bool = Field(description="Whether it is a demonstration, not a real body's act.")
    organisation_id: UUID | None
    footprint_id: UUID | None
    verdict_wanted: bool = Field(description="Whether your verdict is asked for now.")
    happened: list[LoopHappening]
    message: str


class Happening(Answer):
    """One thing that happened."""

    what: Literal["received", "read", "published", "withheld", "withdrawn", "erased"]
    at: Moment


class WhatHappened(Answer):
    """What happened so far with what somebody said; never their own words."""

    state: Literal["unused", "received", "published", "withheld", "withdrawn", "erased"]
    kind: str | None
    received_at: Moment | None
    happened: list[Happening]
    loops: list[AnsweringLoop] = Field([], description="The loops that answer it: you said, we did.")
    message: str
    notice: str
