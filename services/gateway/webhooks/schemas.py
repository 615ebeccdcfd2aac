"""Shapes of endpoints and deliveries."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from shared.events import Audience
from shared.schemas import Answer, Code, Moment, Schema

DeliveryState = Literal["pending", "held", "for_pull", "delivered", "failed", "dropped"]
DisabledReason = Literal["by_owner", "gone", "failing"]
PayloadKind = Literal["thin", "full"]
Url = Annotated[str, StringConstraints(min_length=1, max_length=2000)]
URL_SENTENCE = "Where events are sent, over https; null for an endpoint that is only pulled from."
TYPES_SENTENCE = "Which events; none named means all that you may see."
PAYLOAD_SENTENCE = "`thin`: ids, links and state; `full`: all public fields."


class Filters(Schema):
    """What events have to concern; a filter that is left empty lets all pass."""

    footprints: list[UUID] = Field(
        [], max_length=100, description="Only events about one of these footprints."
    )
    organisations: list[UUID] = Field(
        [], max_length=100, description="Only events about one of these bodies."
    )
    themes: list[Code] = Field([], max_length=100, description="Only events about one of these themes.")


class NewEndpoint(Schema):
    """An endpoint to be made."""

    url: Url | None = Field(None, description=URL_SENTENCE)
    event_types: list[Code] = Field([], max_length=100, description=TYPES_SENTENCE)
    filters: Filters = Filters()
    payload: PayloadKind = Field("thin", description=PAYLOAD_SENTENCE)


class EndpointChange(Schema):
    """What of an endpoint is to change; what is left out stays."""

    url: Url | None = Field(None, description=URL_SENTENCE)
    event_types: list[Code] = Field([], max_length=100, description=TYPES_SENTENCE)
    filters: Filters = Filters()
    payload: PayloadKind = Field("thin", description=PAYLOAD_SENTENCE)
    enabled: bool = Field(True, description="Whether deliveries are sent; while not, they are held.")


class EndpointOut(Answer):
    """An endpoint, without its secret."""

    id: UUID
    version: int
    organisation_id: UUID
    url: str | None
    event_types: list[str]
    filters: Filters
    payload: PayloadKind
    enabled: bool
    disabled_reason: DisabledReason | None
    disabled_at: Moment | None
    failing_since: Moment | None
    previous_secret_until: Moment | None
    created_at: Moment


class EndpointMade(EndpointOut):
    """A new endpoint, with the secret that its deliveries are signed with; it is shown this once."""

    secret: str


class SecretRotated(Answer):
    """The new secret, shown this once; the old one also signs until the instant given."""

    id: UUID
    version: int
    secret: str
    previous_secret_until: Moment


class TestAsked(Answer):
    """The test event is on its way, as any event would be."""

    __test__ = False  # it is no test case, whatever its name begins with

    endpoint_id: UUID
    version: int
    event_type: str
    deliveries: str


class ReplayWanted(Schema):
    """From when on deliveries are to be sent again."""

    since: Moment


class ReplayStarted(Answer):
    """How many deliveries are to be sent again, each with its old id."""

    endpoint_id: UUID
    deliveries: int


class DeliveryOut(Answer):
    """One event for one endpoint, and how far it came."""

    id: UUID
    event_id: UUID
    endpoint_id: UUID
    event_type: str
    state: DeliveryState
    tries: int
    next_try_at: Moment | None
    created_at: Moment
    delivered_at: Moment | None


class AttemptOut(Answer):
    """One try: what the subscriber answered, or the class of the error."""

    tried_at: Moment
    took_ms: int
    status: int | None
    error: str | None
    excerpt: str | None


class EventTypeOut(Answer):
    """An event that endpoints can be told of."""

    type: str
    sentence: str
    audience: Audience


class EventTypes(Answer):
    """All events that endpoints can be told of."""

    items: list[EventTypeOut]


class SignedHeaders(Answer):
    """The headers that the event would have been sent with."""

    webhook_id: Annotated[str, Field(alias="webhook-id")]
    webhook_timestamp: Annotated[str, Field(alias="webhook-timestamp")]
    webhook_signature: Annotated[str, Field(alias="webhook-signature")]


class PulledEvent(Answer):
    """One event as it would have been sent: verify `body` as it stands, byte by byte."""

    position: int
    headers: SignedHeaders
    body: str


class PulledEvents(Answer):
    """Events in the order in which they were numbered, and the path of what comes after."""

    items: list[PulledEvent]
    next: str
