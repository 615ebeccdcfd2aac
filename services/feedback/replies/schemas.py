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
    message: str
    notice: str
