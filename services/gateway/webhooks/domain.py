"""The rules of outbound webhooks."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.gateway.errors import (
    EndpointDisabled,
    EndpointGone,
    NothingToPush,
    SinceInFuture,
    TooManyEndpoints,
    UnknownEventType,
)
from services.gateway.webhooks import queries
from services.gateway.webhooks.addresses import AddressGuard
from services.gateway.webhooks.matching import add_deliveries
from services.gateway.webhooks.models import Delivery, Endpoint
from services.gateway.webhooks.schedule import wait_after
from services.gateway.webhooks.schemas import DisabledReason, EndpointChange, NewEndpoint
from services.gateway.webhooks.signing import SecretSealer, new_secret, secret_text
from shared.auth import Caller
from shared.clock import now
from shared.db import locked, wake_after_commit
from shared.errors import FieldError, Forbidden
from shared.events import Envelope, Event, catalogue
from shared.events.gateway import EndpointTested
from shared.ids import new_id
from shared.outbox import record
from shared.versions import Wanted, must_match

ENDPOINTS_MAX = 100
OLD_SECRET_KEPT = timedelta(hours=24)


class EndpointWithSecret(NamedTuple):
    """An endpoint, with the secret that is shown only once."""

    endpoint: Endpoint
    secret: str


def organisation_of_caller(caller: Caller) -> UUID:
    """The organisation that a caller's endpoints belong to; Forbidden without one."""
    if caller.client_id is None or caller.organisation_id is None:
        raise Forbidden
    return caller.organisation_id


async def lock_client_of_caller(session: AsyncSession, caller: Caller) -> UUID:
    """The client of a caller, which nobody revokes until this transaction ends; KeyRequired if one did."""
    if caller.client_id is None:
        raise Forbidden
    await queries.lock_live_client(session, caller.client_id)
    return caller.client_id


def subscribable_events() -> dict[str, type[Event]]:
    """The events that endpoints can receive, by their types."""
    return {type_: event for type_, event in catalogue().items() if event.audience != "internal"}


def check_event_types(event_types: Sequence[str]) -> None:
    """Raise UnknownEventType for types that no endpoint can receive."""
    told = subscribable_events()
    unknown = [index for index, type_ in enumerate(event_types) if type_ not in told]
    if unknown:
        errors = [
            FieldError(pointer=f"/event_types/{index}", detail="is not the type of an event")
            for index in unknown
        ]
        raise UnknownEventType(errors=errors)


async def create_endpoint(
    session: AsyncSession, caller: Caller, new: NewEndpoint, guard: AddressGuard, sealer: SecretSealer
) -> EndpointWithSecret:
    """Make an endpoint, which receives what happens from now on."""
    check_event_types(new.event_types)
    if new.url:
        await guard.check(new.url)
    owner, secret, endpoint_id = organisation_of_caller(caller), new_secret(), new_id()
    client_id = await lock_client_of_caller(session, caller)
    if await queries.count_endpoints(session, owner) >= ENDPOINTS_MAX:
        raise TooManyEndpoints
    endpoint = Endpoint(
        id=endpoint_id,
        version=1,
        organisation_id=owner,
        client_id=client_id,
        url=new.url,
        event_types=new.event_types,
        **new.filters.model_dump(),
        payload=new.payload,
        secret_sealed=sealer.seal(endpoint_id, secret),
        # The instants in ids are in whole milliseconds: an event after this one must compare as after it.
        created_at=whole_milliseconds(now()),
    )
    session.add(endpoint)
    await session.flush()
    return EndpointWithSecret(endpoint, secret_text(secret))


def whole_milliseconds(moment: datetime) -> datetime:
    """An instant cut to whole milliseconds."""
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


async def update_endpoint(
    session: AsyncSession,
    caller: Caller,
    endpoint_id: UUID,
    wanted: EndpointChange,
    version: Wanted,
    guard: AddressGuard,
) -> Endpoint:
    """Change an endpoint; what it has not received yet is sent, held or kept for its pull accordingly."""
    check_event_types(wanted.event_types)
    if wanted.url:
        await guard.check(wanted.url)
    client_id = await lock_client_of_caller(session, caller)
    endpoint = await queries.lock_endpoint(session, organisation_of_caller(caller), endpoint_id)
    must_match(endpoint, version)
    if wanted.model_fields_set & {"url", "enabled"}:
        endpoint.client_id = client_id  # who decides where events go answers for it
    given = wanted.model_dump(include=wanted.model_fields_set - {"filters", "enabled"})
    if "filters" in wanted.model_fields_set:
        given |= wanted.filters.model_dump()
    for name, value in given.items():
        setattr(endpoint, name, value)
    if "enabled" in wanted.model_fields_set:
        enable_endpoint(endpoint) if wanted.enabled else disable_endpoint(endpoint, "by_owner")
    endpoint.version += 1
    await session.flush()
    await queries.move_unsent(session, endpoint)
    wake_after_commit(session)
    return endpoint


def enable_endpoint(endpoint: Endpoint) -> None:
    """Resume sending to an endpoint."""
    endpoint.disabled_at = endpoint.disabled_reason = endpoint.failing_since = None


def disable_endpoint(endpoint: Endpoint, reason: DisabledReason) -> None:
    """Stop sending to an endpoint until it is enabled."""
    endpoint.disabled_at = endpoint.disabled_at or now()
    endpoint.disabled_reason = endpoint.disabled_reason or reason


async def disable_endpoints_of_client(session: AsyncSession, client_id: UUID) -> list[UUID]:
    """Stop sending to the endpoints of a revoked client until another enables them; return their ids."""
    found = await session.scalars(queries.endpoints_of_client(client_id).with_for_update())
    enabled = [endpoint for endpoint in found if endpoint.enabled]
    for endpoint in enabled:
        disable_endpoint(endpoint, "client_revoked")
        endpoint.version += 1
    await session.flush()
    for endpoint in enabled:
        await queries.move_unsent(session, endpoint)
    return [endpoint.id for endpoint in enabled]


async def delete_endpoint(session: AsyncSession, caller: Caller, endpoint_id: UUID) -> None:
    """Delete an endpoint and its secrets; its deliveries stay readable."""
    endpoint = await queries.lock_endpoint(session, organisation_of_caller(caller), endpoint_id)
    endpoint.deleted_at = now()
    endpoint.secret_sealed, endpoint.previous_secret_sealed = b"", None
    endpoint.version += 1
    await queries.move_unsent(session, endpoint)


async def rotate_secret(
    session: AsyncSession, caller: Caller, endpoint_id: UUID, sealer: SecretSealer
) -> EndpointWithSecret:
    """Replace the secret of an endpoint; the old one also signs for 24 hours."""
    endpoint = await queries.lock_endpoint(session, organisation_of_caller(caller), endpoint_id)
    secret = new_secret()
    endpoint.previous_secret_sealed = endpoint.secret_sealed
    endpoint.previous_secret_until = now() + OLD_SECRET_KEPT
    endpoint.secret_sealed = sealer.seal(endpoint.id, secret)
    endpoint.version += 1
    return EndpointWithSecret(endpoint, secret_text(secret))


async def request_test_event(session: AsyncSession, caller: Caller, endpoint_id: UUID) -> Endpoint:
    """Record a test event for one endpoint; it takes the same way as any event."""
    endpoint = await queries.lock_endpoint(session, organisation_of_caller(caller), endpoint_id)
    record(
        session,
        endpoint,
        EndpointTested(endpoint_id=endpoint.id, organisations=(endpoint.organisation_id,)),
    )
    return endpoint


async def replay_deliveries(
    session: AsyncSession, caller: Caller, endpoint_id: UUID, since: datetime
) -> tuple[int, datetime | None]:
    """Send again a piece of what was delivered to an endpoint, or failed, since an instant.

    Each keeps its id. Returns how many, and since when the next piece begins; None after the last.
    """
    if since > now():
        raise SinceInFuture(errors=[FieldError(pointer="/since", detail="must be in the past")])
    endpoint = await queries.lock_endpoint(session, organisation_of_caller(caller), endpoint_id)
    refuse_unless_pushed(endpoint)
    wake_after_commit(session)
    return await queries.requeue_since(session, endpoint, since)


async def resend_delivery(session: AsyncSession, caller: Caller, delivery_id: UUID) -> Delivery:
    """Send one delivery again, under its old id and with all its earlier attempts."""
    found = await queries.find_delivery(session, organisation_of_caller(caller), delivery_id)
    endpoint = await locked(session, Endpoint, found.endpoint_id)
    if endpoint.deleted_at is not None:
        raise EndpointGone
    refuse_unless_pushed(endpoint)
    delivery = await session.get_one(Delivery, delivery_id, with_for_update=True, populate_existing=True)
    delivery.state, delivery.attempts, delivery.first_attempt_at = "pending", 0, None
    delivery.next_attempt_at, delivery.delivered_at = now(), None
    wake_after_commit(session)
    return delivery


def refuse_unless_pushed(endpoint: Endpoint) -> None:
    """Raise NothingToPush or EndpointDisabled for an endpoint that nothing is sent to."""
    if not endpoint.url:
        raise NothingToPush
    if not endpoint.enabled:
        raise EndpointDisabled


async def notify_endpoints(session: AsyncSession, envelopes: Sequence[Envelope]) -> Sequence[UUID]:
    """Queue events for each endpoint that may see them and wants them; return those endpoints.

    An endpoint that was made after an event does not receive it.
    """
    known = subscribable_events()
    told = await add_deliveries(
        session, [each for each in envelopes if each.audience != "internal" and each.type in known]
    )
    if told:
        wake_after_commit(session)
    return told


async def schedule_next_attempt(
    session: AsyncSession, endpoint: Endpoint, delivery: Delivery, *, gone: bool, asked: timedelta | None
) -> None:
    """Decide what follows a failed attempt: another one later, or the end; both rows must be locked."""
    began = delivery.first_attempt_at or now()
    endpoint.failing_since = endpoint.failing_since or (now() if delivery.attempts else began)
    delivery.attempts += 1
    wait = wait_after(delivery.attempts, asked)
    if gone:
        disable_endpoint(endpoint, "gone")
    elif wait is None:
        delivery.state, delivery.next_attempt_at = "failed", None
        # One delivery that always fails does not disable an endpoint that receives others.
        if not await queries.has_delivered_since(session, endpoint.id, began):
            disable_endpoint(endpoint, "failing")
    else:
        delivery.next_attempt_at = now() + wait
    await session.flush()
    if not endpoint.enabled:
        endpoint.version += 1
        await queries.move_unsent(session, endpoint)


async def find(session: AsyncSession, caller: Caller, endpoint_id: UUID) -> Endpoint:
    """Return one of the caller's endpoints; NotFound when it has none such."""
    return await queries.find_endpoint(session, organisation_of_caller(caller), endpoint_id)
