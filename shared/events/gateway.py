"""The events of the gateway."""

from typing import ClassVar
from uuid import UUID

from shared.events.base import Audience, Event


class EndpointTested(Event):
    """Somebody asked for a test delivery to an endpoint."""

    type: ClassVar[str] = "gateway.endpoint_tested.v1"
    audience: ClassVar[Audience] = "organisation"
    aggregate: ClassVar[str] = "endpoint_id"

    endpoint_id: UUID
