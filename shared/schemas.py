"""Shapes that requests and answers are built from: bounded text, instants in UTC."""

from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    PlainSerializer,
    StringConstraints,
    WithJsonSchema,
)


class Schema(BaseModel):
    """A request body: unknown fields are refused."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)


class Answer(BaseModel):
    """A response body, built from rows as well as from values."""

    model_config = ConfigDict(from_attributes=True)


def in_utc(moment: datetime) -> str:
    """The instant as RFC 3339 in UTC, with `Z`."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def one_line(text: str) -> str:
    """Refuse line breaks and control characters."""
    if not text.isprintable():
        raise ValueError("must be one line without control characters")
    return text


# An instant outside the calendar in UTC can be compared with no other, and no database takes it.
Moment = Annotated[
    AwareDatetime,
    Field(ge=datetime.min.replace(tzinfo=UTC), le=datetime.max.replace(tzinfo=UTC)),
    PlainSerializer(in_utc, return_type=str, when_used="json"),
    WithJsonSchema({"type": "string", "format": "date-time"}),
]
Line = Annotated[str, StringConstraints(min_length=1, max_length=200), AfterValidator(one_line)]
Prose = Annotated[str, StringConstraints(min_length=1, max_length=10_000)]
Code = Annotated[str, StringConstraints(max_length=64, pattern=r"^[A-Za-z0-9][A-Za-z0-9_.:-]*$")]
# A body of the registry: our id, or a code as `ods:QHM` or `ons:E54000050`.
BODY_REF = r"^([0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}|(ods|ons):[A-Za-z0-9]{1,12})$"
BodyRef = Annotated[str, StringConstraints(max_length=40, pattern=BODY_REF)]


def ref_parts(ref: str) -> tuple[str, UUID | str]:
    """Split a body reference into its scheme (`id`, `ods` or `ons`) and its value."""
    scheme, _, code = ref.partition(":")
    return (scheme, code.upper()) if code else ("id", UUID(ref))
