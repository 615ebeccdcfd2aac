"""The statements on the tables of webhooks."""

from collections.abc import Sequence
from datetime import datetime
from typing import cast
from uuid import UUID

from sqlalchemy import ColumnElement, CursorResult, Select, exists, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from services.gateway.models import Client
from services.gateway.webhooks.models import Attempt, Delivery, Endpoint
from services.gateway.webhooks.schemas import DeliveryState
from shared.db import locked, wake_after_commit
from shared.errors import KeyRequired, NotFound

Values = dict[str, object]
UNSENT: tuple[DeliveryState, ...] = ("pending", "held", "for_pull")
# So many at once that nothing waits long for their endpoint's lock.
REPLAYED_TOGETHER, MOVED_TOGETHER = 10_000, 5_000
FROM_THE_FIRST = UUID(int=0)


def endpoints_of_organisation(organisation_id: UUID) -> Select[Endpoint]:
    """The statement for an organisation's endpoints, without those deleted."""
    return select(Endpoint).where(Endpoint.organisation_id == organisation_id, Endpoint.deleted_at.is_(None))


async def find_endpoint(session: AsyncSession, organisation_id: UUID, endpoint_id: UUID) -> Endpoint:
    """Find an organisation's endpoint; NotFound when it has no such endpoint."""
    found = await session.scalar(endpoints_of_organisation(organisation_id).where(Endpoint.id == endpoint_id))
    if found is None:
        raise NotFound
    return found


async def lock_endpoint(session: AsyncSession, organisation_id: UUID, endpoint_id: UUID) -> Endpoint:
    """Lock an organisation's endpoint for this transaction; NotFound when it has no such endpoint."""
    await find_endpoint(session, organisation_id, endpoint_id)
    found = await locked(session, Endpoint, endpoint_id)
    if found.deleted_at is not None:
        raise NotFound
    return found


def endpoints_of_client(client_id: UUID) -> Select[Endpoint]:
    """The statement for the endpoints that a client answers for, without those deleted, by id."""
    mine = select(Endpoint).where(Endpoint.client_id == client_id, Endpoint.deleted_at.is_(None))
    return mine.order_by(Endpoint.id)


async def endpoint_ids_of_client(session: AsyncSession, client_id: UUID) -> list[UUID]:
    """The ids of the endpoints that a client answers for."""
    return [endpoint.id for endpoint in await session.scalars(endpoints_of_client(client_id))]


async def lock_live_client(session: AsyncSession, client_id: UUID) -> None:
    """Let no key of a client be revoked until this transaction ends; KeyRequired if its last one was."""
    shared = {"read": True}
    client = await session.get(Client, client_id, with_for_update=shared, populate_existing=True)
    if client is not None and all(key.revoked_at for key in client.keys):
        raise KeyRequired


async def count_endpoints(session: AsyncSession, organisation_id: UUID) -> int:
    """Count the endpoints of an organisation. The next who asks waits for this transaction."""
    turn = func.pg_advisory_xact_lock(func.hashtextextended(f"endpoints {organisation_id}", 0))
    await session.execute(select(turn))
    mine = endpoints_of_organisation(organisation_id).subquery()
    return await session.scalar(select(func.count()).select_from(mine)) or 0


def deliveries_of_organisation(
    organisation_id: UUID, endpoint_id: UUID | None, state: DeliveryState | None
) -> Select[Delivery]:
    """The statement for an organisation's deliveries, including those of deleted endpoints."""
    found = select(Delivery).where(Delivery.organisation_id == organisation_id)
    if endpoint_id:
        found = found.where(Delivery.endpoint_id == endpoint_id)
    return found.where(Delivery.state == state) if state else found


async def find_delivery(session: AsyncSession, organisation_id: UUID, delivery_id: UUID) -> Delivery:
    """Find an organisation's delivery; NotFound when it has no such delivery."""
    found = await session.scalar(
        deliveries_of_organisation(organisation_id, None, None).where(Delivery.id == delivery_id)
    )
    if found is None:
        raise NotFound
    return found


def attempts_of_delivery(delivery_id: UUID) -> Select[Attempt]:
    """The statement for the attempts of a delivery."""
    return select(Attempt).where(Attempt.delivery_id == delivery_id)


async def has_delivered_since(session: AsyncSession, endpoint_id: UUID, since: datetime) -> bool:
    """Whether anything was delivered to the endpoint since an instant."""
    later = exists().where(Delivery.endpoint_id == endpoint_id, Delivery.delivered_at >= since)
    return bool(await session.scalar(select(later)))


async def move_unsent(session: AsyncSession, endpoint: Endpoint, after: UUID = FROM_THE_FIRST) -> None:
    """Bring what a locked endpoint has not received yet to the state that fits it now: the next piece.

    `unsent_after` says where the worker goes on. Meanwhile nothing of it is sent that must not be.
    """
    state = endpoint.waiting_state
    mine = select(Delivery.id).where(Delivery.endpoint_id == endpoint.id, Delivery.id > after)
    mine = mine.where(Delivery.state.in_(UNSENT), Delivery.state != state).order_by(Delivery.id)
    piece = mine.limit(MOVED_TOGETHER).with_for_update().cte("piece")
    values: Values = {"state": state, "next_attempt_at": None}
    values = values if state == "dropped" else waiting_values(state)
    moved = update(Delivery).where(Delivery.id.in_(select(piece.c.id))).values(values).returning(Delivery.id)
    ids = (await session.scalars(moved)).all()
    endpoint.unsent_after = max(ids) if len(ids) == MOVED_TOGETHER else None


async def move_next_unsent(session: AsyncSession) -> int:
    """Move the next piece of what an endpoint has not received; return 0 where none is left."""
    left = select(Endpoint).where(Endpoint.unsent_after.is_not(None)).order_by(Endpoint.id).limit(1)
    endpoint = await session.scalar(left.with_for_update(skip_locked=True))
    if endpoint is None:
        return 0
    await move_unsent(session, endpoint, endpoint.unsent_after or FROM_THE_FIRST)
    wake_after_commit(session)
    return 1


async def requeue_since(
    session: AsyncSession, endpoint: Endpoint, since: datetime
) -> tuple[int, datetime | None]:
    """Queue again what was delivered to an endpoint, or failed, since an instant: a piece of it.

    Returns how many, and since when the next piece begins; None after the last.
    """
    wanted = [Delivery.state.in_(("delivered", "failed")), Delivery.created_at >= since]
    mine = select(Delivery.created_at).where(Delivery.endpoint_id == endpoint.id, *wanted)
    beyond = mine.order_by(Delivery.created_at).offset(REPLAYED_TOGETHER).limit(1)
    following = await session.scalar(beyond)
    if following == since:
        following = None  # so many of one instant stay together: the next piece would begin here again
    if following:
        wanted.append(Delivery.created_at < following)
    values = waiting_values(endpoint.waiting_state)
    return await update_deliveries(session, endpoint.id, values, *wanted), following


async def update_deliveries(
    session: AsyncSession, endpoint_id: UUID, values: Values, *which: ColumnElement[bool]
) -> int:
    """Update deliveries of an endpoint, locked in the order of their ids; returns how many."""
    mine = select(Delivery.id).where(Delivery.endpoint_id == endpoint_id, *which)
    locked_ids = mine.order_by(Delivery.id).with_for_update().cte("locked_ids")
    moved = update(Delivery).where(Delivery.id.in_(select(locked_ids.c.id))).values(values)
    return cast("CursorResult[tuple[()]]", await session.execute(moved)).rowcount


def waiting_values(state: DeliveryState) -> Values:
    """The values of a delivery that waits for the first attempt of a new round."""
    due = func.now() if state == "pending" else None
    return {
        "state": state,
        "attempts": 0,
        "first_attempt_at": None,
        "next_attempt_at": due,
        "delivered_at": None,
    }


async def has_unnumbered(session: AsyncSession, endpoint_id: UUID) -> bool:
    """Whether an endpoint has deliveries without a place in its pull."""
    fresh = exists().where(Delivery.endpoint_id == endpoint_id, Delivery.position.is_(None))
    return bool(await session.scalar(select(fresh)))


async def deliveries_after(
    session: AsyncSession, endpoint_id: UUID, after: int, limit: int
) -> Sequence[Delivery]:
    """An endpoint's deliveries after a place in its pull."""
    later = select(Delivery).where(Delivery.endpoint_id == endpoint_id, Delivery.position > after)
    return (await session.scalars(later.order_by(Delivery.position).limit(limit))).all()
