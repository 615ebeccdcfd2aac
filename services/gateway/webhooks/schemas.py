"""Shapes of endpoints and deliveries."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from shared.events import Audience
from shared.schemas import Answer, Code, Moment, Schema

DeliveryState = Literal["pending", "held", "for_pull", "delivered", "failed", "dropped"]
DisabledReason = Literal["by_owner", "gone", "failing", "client_revoked"]
PayloadKind = Literal["thin", "full"]
Url = Annotated[str, StringConstraints(min_length=1, max_length=2000)]
URL = "Where we send events, over https; null for an endpoint whose events you only pull."
TYPES = "Which events to send; empty means all that you may see."
PAYLOAD = "`thin`: ids, links and state; `full`: all public fields."


class Filters(Schema):
    """What events must concern; an empty filter lets all pass."""

    footprints: list[UUID] = Field(
        [], max_length=100, description="Only events about one of these footprints."
    )
    organisations: list[UUID] = Field(
        [], max_length=100, description="Only events about one of these bodies."
    )
    themes: list[Code] = Field([], max_length=100, description="Only events about one of these themes.")


class NewEndpoint(Schema):
    """A new endpoint."""

    url: Url | None = Field(None, description=URL)
    event_types: list[Code] = Field([], max_length=100, description=TYPES)
    filters: Filters = Filters()
    payload: PayloadKind = Field("thin", description=PAYLOAD)


class EndpointChange(Schema):
    """The changes to an endpoint; a field that you leave out stays as it is."""

    url: Url | None = Field(None, description=URL)
    event_types: list[Code] = Field([], max_length=100, description=TYPES)
    filters: Filters = Filters()
    payload: PayloadKind = Field("thin", description=PAYLOAD)
    enabled: bool = Field(True, description="Whether we send deliveries. While `false`, we hold them.")


class EndpointOut(Answer):
    """An endpoint, without its secret."""

    id: UUID
    version: int
    organisation_id: UUID
    client_id: UUID = Field(description="The client that made it, or last set its address or enabled it.")
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
    """A new endpoint, with the secret that signs its deliveries. We show the secret only once."""

    secret: str


class SecretRotated(Answer):
    """The new secret, which we show only once. The old one also signs until `previous_secret_until`."""

    id: UUID
    version: int
    secret: str
    previous_secret_until: Moment


class TestAsked(Answer):
    """The test event is on its way."""

    __test__ = False  # not a test case, although its name begins with Test

    endpoint_id: UUID
    version: int
    event_type: str
    deliveries: str


class ReplayWanted(Schema):
    """Where a replay starts."""

    since: Moment = Field(description="We send again every delivery made since this instant.")


class ReplayStarted(Answer):
    """How many deliveries are sent again, each under its old id."""

    endpoint_id: UUID
    deliveries: int
    next_since: Moment | None = Field(
        description="Where the next replay goes on, if there are more: it takes about 10,000."
    )


class DeliveryOut(Answer):
    """One event for one endpoint, and its state."""

    id: UUID
    event_id: UUID
    endpoint_id: UUID
    event_type: str
    state: DeliveryState
    attempts: int
    next_attempt_at: Moment | None
    created_at: Moment
    delivered_at: Moment | None


class AttemptOut(Answer):
    """One attempt: the answer of the subscriber, or the class of the error."""

    attempted_at: Moment
    took_ms: int
    status: int | None
    error: str | None
    excerpt: str | None


class EventTypeOut(Answer):
    """An event that endpoints can receive."""

    type: str
    description: str
    audience: Audience


class EventTypes(Answer):
    """All events that endpoints can receive."""

    items: list[EventTypeOut]


class SignedHeaders(Answer):
    """The headers that the event would be sent with."""

    webhook_id: Annotated[str, Field(alias="webhook-id")]
    webhook_timestamp: Annotated[str, Field(alias="webhook-timestamp")]
    webhook_signature: Annotated[str, Field(alias="webhook-signature")]


class PulledEvent(Answer):
    """One event as it would be sent. Verify `body` exactly as it stands."""

    position: int
    headers: SignedHeaders
    body: str


class PulledEvents(Answer):
    """Events in order of their positions, and the path of the events after them."""

    items: list[PulledEvent]
    next: str
