"""Deliveries over HTTP: what was sent to endpoints, with what outcome, and sending it again."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Security

from services.gateway.audit.domain import Doer
from services.gateway.errors import EndpointDisabled, EndpointGone, NothingToPush
from services.gateway.webhooks import domain, queries
from services.gateway.webhooks.acts import record_endpoint_act
from services.gateway.webhooks.models import Attempt, Delivery
from services.gateway.webhooks.schemas import AttemptOut, DeliveryOut, DeliveryState
from shared.auth import Caller, needs
from shared.change_request import AttributedRequest, attributed_request
from shared.db import Session
from shared.errors import Forbidden, NotFound
from shared.paging import Page, Paging, keyset
from shared.routing import Router

router = Router(prefix="/v1/webhooks/deliveries", tags=["webhooks"])
Manager = Annotated[Caller, needs("webhooks:manage")]
Change = Annotated[AttributedRequest, Security(attributed_request, scopes=["webhooks:manage"])]


@router.get("", summary="List deliveries", problems=(Forbidden,))
async def list_deliveries(
    session: Session,
    caller: Manager,
    paging: Paging,
    endpoint: Annotated[UUID | None, Query(description="Only those of this endpoint.")] = None,
    state: Annotated[DeliveryState | None, Query(description="Only those in this state.")] = None,
) -> Page[DeliveryOut]:
    """List your organisation's deliveries, newest first, including those of deleted endpoints."""
    mine = queries.deliveries_of_organisation(domain.organisation_of_caller(caller), endpoint, state)
    found, cursor = await keyset(session, mine, paging, Delivery.id.desc())
    return paging.answer([DeliveryOut.model_validate(each) for each in found], cursor)


@router.get(
    "/{delivery_id}/attempts", summary="List the attempts of a delivery", problems=(Forbidden, NotFound)
)
async def list_attempts(
    delivery_id: UUID, session: Session, caller: Manager, paging: Paging
) -> Page[AttemptOut]:
    """List the attempts of one delivery, latest first, with the answer or the class of the error."""
    await queries.find_delivery(session, domain.organisation_of_caller(caller), delivery_id)
    found, cursor = await keyset(
        session, queries.attempts_of_delivery(delivery_id), paging, Attempt.id.desc()
    )
    return paging.answer([AttemptOut.model_validate(each) for each in found], cursor)


@router.post(
    "/{delivery_id}/redeliver",
    status_code=202,
    summary="Send a delivery again",
    problems=(EndpointDisabled, EndpointGone, Forbidden, NotFound, NothingToPush),
)
async def redeliver(delivery_id: UUID, change: Change) -> DeliveryOut:
    """Send one delivery again, under its old id. Its earlier attempts stay listed."""
    delivery = await domain.resend_delivery(change.session, change.caller, delivery_id)
    record_endpoint_act(change.session, Doer.of(change), delivery.endpoint_id, "endpoint_delivery_resent")
    return change.keep(DeliveryOut.model_validate(delivery))
