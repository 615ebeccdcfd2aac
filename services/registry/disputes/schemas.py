"""How disputes are answered, and what settles one."""

from uuid import UUID

from pydantic import Field

from services.registry.bodies.schemas import BodyNamed
from services.registry.ledger.acts import Because
from shared.schemas import Answer, Moment, Schema


class DisputeOut(Answer):
    """A fact about which two sources differ."""

    id: UUID
    version: int
    body: BodyNamed
    fact: str = Field(description="`name`, `closed_on`, `member_of`, `board` and so on.")
    ours: str | None = Field(description="What the registry says; null if a steward withdrew it.")
    ours_from: str = Field(description="The file that says so, or `steward`.")
    theirs: str = Field(description="What the file says; for leaders and contacts, only in which line.")
    theirs_from: str = Field(description="The file that says otherwise.")
    line: int | None = Field(description="The line of that file, if one row says so.")
    since: Moment = Field(description="When an import first found it.")
    correct_at: str = Field(description="Where to correct what the registry says.")
    settled_at: Moment | None = Field(description="When a steward said that ours stands.")
    reason: str | None = Field(description="Why ours stands.")


class Settlement(Schema):
    """Why what the registry says stands."""

    reason: Because = Field(description="One line for other stewards.")
