"""Shapes of evidence and of what others make of it."""

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, Field, StringConstraints

from services.loop.evidence.files import CONTENT_CHARS_MAX, decoded
from shared.schemas import Answer, Moment, Prose, Schema

Kind = Literal["minute", "photo", "document", "data", "link", "observation"]
Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$", to_lower=True)]
Address = Annotated[str, StringConstraints(max_length=2000, pattern=r"^https?://[^\s/]+\S*$")]


def checked_content(content: str) -> str:
    """Refuse what is not base64, or is too large."""
    decoded(content)
    return content


Content = Annotated[str, Field(max_length=CONTENT_CHARS_MAX), AfterValidator(checked_content)]


class NewEvidence(Schema):
    """Something that shows a change."""

    kind: Kind = Field(description="What it is; a minute alone never shows a change.")
    description: Prose = Field(description="What it shows, without anything about persons.")
    url: Address | None = Field(None, description="Where it can be looked at.")
    sha256: Sha256 | None = Field(None, description="The SHA-256 of the file, in hex.")
    content: Content | None = Field(
        None, description="A file of at most 256 KiB in base64: its SHA-256 is kept, the file is not."
    )
    observed_on: date = Field(description="The day of what it shows.")


class Judgement(Schema):
    """What somebody who has no part in it makes of a piece of evidence."""

    accept: bool = Field(description="Whether it shows the change.")
    reason: Prose = Field(description="Why, for everybody to read.")


class VerificationOut(Answer):
    """What somebody made of a piece of evidence."""

    accepted: bool
    reason: str
    organisation_id: UUID | None
    verified_at: Moment


class EvidenceOut(Answer):
    """A piece of evidence as everybody sees it."""

    id: UUID
    commitment_id: UUID | None
    kind: Kind
    description: str
    url: str | None
    sha256: str | None
    observed_on: date
    organisation_id: UUID | None
    given_at: Moment
    verification: VerificationOut | None = None
