"""Who decides where events go, for the audit: which endpoint, never its address or its secrets."""

from collections.abc import Iterator
from typing import Literal
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.gateway.audit.domain import Doer, record_change
from services.gateway.webhooks.schemas import EndpointChange

EndpointAction = Literal[
    "endpoint_made",
    "endpoint_changed",
    "endpoint_address_changed",
    "endpoint_enabled",
    "endpoint_disabled",
    "endpoint_deleted",
    "endpoint_secret_changed",
    "endpoint_tested",
    "endpoint_deliveries_replayed",
    "endpoint_delivery_resent",
]


def record_endpoint_act(session: AsyncSession, by: Doer, endpoint_id: UUID, action: EndpointAction) -> None:
    """Record in its transaction what somebody did with an endpoint of their organisation."""
    owner = by.caller.organisation_id
    record_change(session, action, by=by, organisation_id=owner, subject_id=endpoint_id)


def actions_of_change(wanted: EndpointChange) -> Iterator[EndpointAction]:
    """What a change does to an endpoint, as the audit calls it."""
    given = wanted.model_fields_set
    if "url" in given:
        yield "endpoint_address_changed"
    if "enabled" in given:
        yield "endpoint_enabled" if wanted.enabled else "endpoint_disabled"
    if given - {"url", "enabled"} or not given:
        yield "endpoint_changed"
