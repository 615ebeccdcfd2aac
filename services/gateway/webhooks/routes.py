"""Outbound webhooks over HTTP: endpoints, and the events that they can receive."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query, Request, Response, Security

from services.gateway.audit.domain import Doer
from services.gateway.errors import (
    AddressRefused,
    EndpointDisabled,
    NothingToPush,
    SinceInFuture,
    TooManyEndpoints,
    UnknownEventType,
)
from services.gateway.settings import GatewaySettings
from services.gateway.webhooks import domain, queries
from services.gateway.webhooks.acts import actions_of_change, record_endpoint_act
from services.gateway.webhooks.addresses import AddressGuard
from services.gateway.webhooks.models import Endpoint
from services.gateway.webhooks.pull import WaitingPlaces, wait_for_events
from services.gateway.webhooks.resolving import NameResolver
from services.gateway.webhooks.schemas import (
    EndpointChange,
    EndpointMade,
    EndpointOut,
    EventTypeOut,
    EventTypes,
    NewEndpoint,
    PulledEvents,
    ReplayStarted,
    ReplayWanted,
    SecretRotated,
    TestAsked,
)
from services.gateway.webhooks.signing import SecretSealer
from shared.auth import ActorRequired, Caller, needs
from shared.change_request import (
    AttributedEditRequest,
    AttributedRequest,
    attributed_edit_request,
    attributed_request,
)
from shared.db import Session
from shared.errors import Forbidden, NotFound
from shared.events import Event
from shared.events.gateway import EndpointTested
from shared.paging import Page, Paging, keyset
from shared.routing import Router
from shared.state import ServiceState, state_of
from shared.versions import etag

router = Router(prefix="/v1/webhooks", tags=["webhooks"])
WAIT_SECONDS_MAX = 30
POSITION_MAX = 2**53 - 1  # the largest whole number that every JSON reader keeps exact


async def guard_of_request(request: Request) -> AddressGuard:
    """The guard that judges the addresses of endpoints."""
    settings, resolver = state_of(request, GatewaySettings), state_of(request, NameResolver)
    return AddressGuard(settings.allowed_networks, resolver)


async def sealer_of_request(request: Request) -> SecretSealer:
    """The sealer of the secrets of endpoints."""
    return SecretSealer(state_of(request, GatewaySettings).seal_key)


Manager = Annotated[Caller, needs("webhooks:manage")]
Change = Annotated[AttributedRequest, Security(attributed_request, scopes=["webhooks:manage"])]
Edit = Annotated[AttributedEditRequest, Security(attributed_edit_request, scopes=["webhooks:manage"])]
Guard = Annotated[AddressGuard, Depends(guard_of_request)]
Seals = Annotated[SecretSealer, Depends(sealer_of_request)]


def event_type_view(event: type[Event]) -> EventTypeOut:
    """An event class as it is answered."""
    description = " ".join((event.__doc__ or "").split())
    return EventTypeOut(type=event.type, description=description, audience=event.audience)


@router.post(
    "/endpoints",
    status_code=201,
    summary="Make an endpoint",
    problems=(AddressRefused, Forbidden, TooManyEndpoints, UnknownEventType),
)
async def make_endpoint(new: NewEndpoint, change: Change, guard: Guard, seals: Seals) -> EndpointMade:
    """Make an endpoint of your organisation. We show its secret only once. It receives events from now on."""
    endpoint, secret = await domain.create_endpoint(change.session, change.caller, new, guard, seals)
    record_endpoint_act(change.session, Doer.of(change), endpoint.id, "endpoint_made")
    view = EndpointMade(**EndpointOut.model_validate(endpoint).model_dump(), secret=secret)
    return change.keep(view, location=f"/v1/webhooks/endpoints/{endpoint.id}", version=endpoint.version)


@router.get("/endpoints", summary="List endpoints", problems=(Forbidden,))
async def list_endpoints(session: Session, caller: Manager, paging: Paging) -> Page[EndpointOut]:
    """List your organisation's endpoints, newest first."""
    mine = queries.endpoints_of_organisation(domain.organisation_of_caller(caller))
    found, cursor = await keyset(session, mine, paging, Endpoint.id.desc())
    return paging.answer([EndpointOut.model_validate(each) for each in found], cursor)


@router.get("/endpoints/{endpoint_id}", summary="Read an endpoint", problems=(Forbidden, NotFound))
async def read_endpoint(
    endpoint_id: UUID, response: Response, session: Session, caller: Manager
) -> EndpointOut:
    """Read one endpoint, without its secret."""
    endpoint = await domain.find(session, caller, endpoint_id)
    response.headers["ETag"] = etag(endpoint.version)
    return EndpointOut.model_validate(endpoint)


@router.patch(
    "/endpoints/{endpoint_id}",
    summary="Change an endpoint",
    problems=(AddressRefused, Forbidden, NotFound, UnknownEventType),
)
async def change_endpoint(endpoint_id: UUID, wanted: EndpointChange, edit: Edit, guard: Guard) -> EndpointOut:
    """Change an endpoint. Enabling it sends what was held while it was disabled."""
    endpoint = await domain.update_endpoint(
        edit.session, edit.caller, endpoint_id, wanted, edit.version, guard
    )
    for action in actions_of_change(wanted):
        record_endpoint_act(edit.session, Doer.of(edit), endpoint.id, action)
    return edit.keep(EndpointOut.model_validate(endpoint), version=endpoint.version)


@router.delete(
    "/endpoints/{endpoint_id}", status_code=204, summary="Delete an endpoint", problems=(Forbidden, NotFound)
)
async def delete_endpoint(endpoint_id: UUID, session: Session, caller: Manager, actor: ActorRequired) -> None:
    """Delete an endpoint. Its deliveries stay readable; those not sent yet are dropped."""
    await domain.delete_endpoint(session, caller, endpoint_id)
    record_endpoint_act(session, Doer(caller, actor), endpoint_id, "endpoint_deleted")


@router.post(
    "/endpoints/{endpoint_id}/test",
    status_code=202,
    summary="Send a test event",
    problems=(Forbidden, NotFound),
)
async def send_test(endpoint_id: UUID, change: Change) -> TestAsked:
    """Send this endpoint a test event, the same way as any other. Its deliveries show the outcome."""
    endpoint = await domain.request_test_event(change.session, change.caller, endpoint_id)
    record_endpoint_act(change.session, Doer.of(change), endpoint.id, "endpoint_tested")
    asked = TestAsked(
        endpoint_id=endpoint.id,
        version=endpoint.version,
        event_type=EndpointTested.type,
        deliveries=f"/v1/webhooks/deliveries?endpoint={endpoint.id}",
    )
    return change.keep(asked, version=endpoint.version)


@router.post(
    "/endpoints/{endpoint_id}/rotate-secret", summary="Change the secret", problems=(Forbidden, NotFound)
)
async def rotate_secret(endpoint_id: UUID, change: Change, seals: Seals) -> SecretRotated:
    """Replace the secret. We show the new one only once; the old one also signs for 24 hours."""
    endpoint, secret = await domain.rotate_secret(change.session, change.caller, endpoint_id, seals)
    record_endpoint_act(change.session, Doer.of(change), endpoint.id, "endpoint_secret_changed")
    rotated = SecretRotated(**EndpointOut.model_validate(endpoint).model_dump(), secret=secret)
    return change.keep(rotated, version=endpoint.version)


@router.post(
    "/endpoints/{endpoint_id}/replay",
    status_code=202,
    summary="Send deliveries again",
    problems=(EndpointDisabled, Forbidden, NotFound, NothingToPush, SinceInFuture),
)
async def replay_deliveries(endpoint_id: UUID, wanted: ReplayWanted, change: Change) -> ReplayStarted:
    """Send again deliveries made since an instant, the oldest first, each under its old id.

    If there are more than about 10,000, `next_since` says where to go on.
    """
    again, following = await domain.replay_deliveries(
        change.session, change.caller, endpoint_id, wanted.since
    )
    record_endpoint_act(change.session, Doer.of(change), endpoint_id, "endpoint_deliveries_replayed")
    return change.keep(ReplayStarted(endpoint_id=endpoint_id, deliveries=again, next_since=following))


@router.get("/endpoints/{endpoint_id}/events", summary="Pull events", problems=(Forbidden, NotFound))
async def pull_events(
    endpoint_id: UUID,
    request: Request,
    caller: Manager,
    seals: Seals,
    after: Annotated[int, Query(ge=0, le=POSITION_MAX, description="The position that you have read.")] = 0,
    wait: Annotated[
        int, Query(ge=0, le=WAIT_SECONDS_MAX, description="How many seconds to wait for the first event.")
    ] = 0,
    limit: Annotated[int, Query(ge=1, le=200, description="How many events to return.")] = 50,
) -> PulledEvents:
    """Fetch the same signed events from inside a closed network. `next` leads to later events.

    While 10 pulls of your organisation wait, another is answered immediately.
    """
    state, owner = state_of(request, ServiceState), domain.organisation_of_caller(caller)
    with state_of(request, WaitingPlaces).place(owner) as may_wait:
        found = await wait_for_events(
            state.sessions,
            seals,
            owner,
            endpoint_id,
            after=after,
            limit=limit,
            wait_seconds=wait if may_wait else 0,
            stopping=state.stopping,
        )
    last = found[-1].position if found else after
    following = f"/v1/webhooks/endpoints/{endpoint_id}/events?after={last}&wait={wait}&limit={limit}"
    return PulledEvents.model_validate({"items": found, "next": following})


@router.get("/event-types", summary="List event types")
async def list_event_types(caller: Manager) -> EventTypes:  # noqa: ARG001 -- for its scope
    """List the events that endpoints can receive: all `public` ones, and others about your organisation."""
    return EventTypes(items=[event_type_view(event) for event in domain.subscribable_events().values()])
