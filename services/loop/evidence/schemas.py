"""Shapes of evidence and of its judgement."""

import base64
import binascii
from datetime import date
from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints

from services.loop.view.schemas import EvidenceKind
from shared.plain_words import at_least
from shared.schemas import Line, Prose, Schema

FILE_BYTES_MAX = 256 * 1024
CONTENT_CHARS_MAX = 4 * -(-FILE_BYTES_MAX // 3)
Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-fA-F]{64}$", to_lower=True)]
Address = Annotated[str, StringConstraints(max_length=2000, pattern=r"^https?://[^\s/]+\S*$")]


def decode_file(content: str) -> bytes:
    """The bytes of a file in base64; ValueError when it is not base64 or is too large."""
    try:
        found = base64.b64decode(content, validate=True)
    except binascii.Error as error:
        raise ValueError("must be a file in base64") from error
    if len(found) > FILE_BYTES_MAX:
        raise ValueError("must be at most 256 KiB. Give the part that shows the change, and the whole at url")
    return found


def check_content(content: str) -> str:
    """Refuse a file that is not base64, or is too large."""
    decode_file(content)
    return content


Content = Annotated[str, Field(max_length=CONTENT_CHARS_MAX), AfterValidator(check_content)]


class NewEvidence(Schema):
    """Something that shows a change."""

    kind: EvidenceKind = Field(description="What it is. A minute alone never shows a change.")
    description: Annotated[Prose, at_least(1)] = Field(
        description="What it shows. Do not write anything about people."
    )
    url: Address | None = Field(None, description="Where people can see it.")
    sha256: Sha256 | None = Field(None, description="The SHA-256 of the file, in hex.")
    content: Content | None = Field(
        None,
        description="The file in base64, at most 256 KiB; for a link, a copy. It is public.",
    )
    place: Line | None = Field(None, description="For an observation: where somebody saw it.")
    observed_on: date = Field(description="The date of what it shows.")


class Judgement(Schema):
    """A judgement of a piece of evidence by somebody who has no part in it."""

    accept: bool = Field(description="Whether it shows the change.")
    reason: Prose = Field(description="Why, for everybody to read.")
