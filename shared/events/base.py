"""The event base and its envelope: CloudEvents 1.0 in structured JSON.

An event carries ids and facts, never text that people wrote, addresses or postcodes.
"""

from datetime import datetime
from typing import Any, ClassVar, Literal, Self, Unpack
from uuid import UUID

import orjson
from pydantic import BaseModel, ConfigDict, Field

from shared.clock import now
from shared.ids import new_id
from shared.schemas import Moment, in_utc

Audience = Literal["public", "organisation", "internal"]
CATALOGUE: dict[str, type["Event"]] = {}


class Event(BaseModel):
    """Something that happened: the class is the catalogue entry, its docstring the sentence."""

    model_config = ConfigDict(frozen=True)

    type: ClassVar[str]
    audience: ClassVar[Audience]
    aggregate: ClassVar[str]
    # Fields that only our services read: webhooks leave them out.
    kept_inside: ClassVar[frozenset[str]] = frozenset()

    organisations: tuple[UUID, ...] = Field((), description="The bodies that this concerns.")
    footprints: tuple[UUID, ...] = Field((), description="The footprints that this concerns.")
    themes: tuple[str, ...] = Field((), description="The themes that this concerns.")

    def __init_subclass__(cls, **options: Unpack[ConfigDict]) -> None:
        super().__init_subclass__(**options)
        if "type" in cls.__dict__:
            CATALOGUE[cls.type] = cls

    @property
    def aggregate_id(self) -> UUID:
        """The id of what this happened to."""
        found: UUID = getattr(self, self.aggregate)
        return found


class AuditedEvent(Event):
    """What somebody did to something: whatever service publishes it, the gateway adds it to the audit."""

    audience: ClassVar[Audience] = "internal"
    aggregate: ClassVar[str] = "act_id"

    act_id: UUID
    subject_id: UUID | None = Field(description="What it was done to; null where that is no one thing.")
    action: str
    organisation_id: UUID | None = Field(description="Who did it; null for contributor and rule.")
    client_id: UUID | None
    actor: str | None = Field(description="The person who did it, by a pseudonym; null for the contributor.")
    role: str | None


class Envelope(BaseModel):
    """A CloudEvent in structured JSON, with the extensions sequence, audience and traceparent."""

    specversion: Literal["1.0"] = "1.0"
    id: UUID
    source: str
    type: str
    subject: UUID
    time: Moment
    datacontenttype: Literal["application/json"] = "application/json"
    sequence: str = Field(pattern=r"^\d{12}$")
    audience: Audience
    traceparent: str | None = None
    data: dict[str, Any]

    @classmethod
    def wrap(
        cls, event: Event, sequence: int, *, at: datetime | None = None, traceparent: str | None = None
    ) -> Self:
        """An event as whoever receives it reads it."""
        _, written = write_envelope(event, sequence, at, traceparent)
        return cls.model_validate_json(written)

    @property
    def nats_subject(self) -> str:
        """The broker's subject: type, then the aggregate's id."""
        return f"{self.type}.{self.subject}"

    @property
    def number(self) -> int:
        """The sequence as a number."""
        return int(self.sequence)

    def event(self) -> Event:
        """The event inside; raises KeyError for a type that the catalogue lacks."""
        return CATALOGUE[self.type].model_validate(self.data)


def write_envelope(
    event: Event, sequence: int, at: datetime | None = None, traceparent: str | None = None
) -> tuple[UUID, str]:
    """The id and the JSON of an event in a new envelope; `sequence` counts those of its aggregate from 1.

    It is written straight from the event, which was checked when it was made.
    """
    id_ = new_id()
    envelope = {
        "specversion": "1.0",
        "id": str(id_),  # the driver has a class of ids of its own
        "source": f"/{event.type.partition('.')[0]}",
        "type": event.type,
        "subject": str(event.aggregate_id),
        "time": in_utc(at or now()),
        "datacontenttype": "application/json",
        "sequence": f"{sequence:012d}",
        "audience": event.audience,
        **({"traceparent": traceparent} if traceparent else {}),
        "data": orjson.Fragment(event.__pydantic_serializer__.to_json(event)),
    }
    return id_, orjson.dumps(envelope).decode()
