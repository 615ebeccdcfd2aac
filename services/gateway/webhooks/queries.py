"""The questions to the tables of webhooks."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from sqlalchemy import ColumnElement, CursorResult, Select, exists, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from services.gateway.webhooks.models import Attempt, Delivery, Endpoint
from services.gateway.webhooks.schemas import DeliveryState
from shared.db import locked
from shared.errors import NotFound

UNSENT: tuple[DeliveryState, ...] = ("pending", "held", "for_pull")


def endpoints_of_organisation(organisation_id: UUID) -> Select[Endpoint]:
    """Return the query for an organisation's endpoints, without those deleted."""
    return select(Endpoint).where(Endpoint.organisation_id == organisation_id, Endpoint.deleted_at.is_(None))


async def find_endpoint(session: AsyncSession, organisation_id: UUID, endpoint_id: UUID) -> Endpoint:
    """Return an organisation's endpoint; NotFound when it has none such."""
    found = await session.scalar(endpoints_of_organisation(organisation_id).where(Endpoint.id == endpoint_id))
    if found is None:
        raise NotFound
    return found


async def lock_endpoint(session: AsyncSession, organisation_id: UUID, endpoint_id: UUID) -> Endpoint:
    """Return an organisation's endpoint, locked for this transaction; NotFound when it has none such."""
    await find_endpoint(session, organisation_id, endpoint_id)
    found = await locked(session, Endpoint, endpoint_id)
    if found.deleted_at is not None:
        raise NotFound
    return found


async def count_endpoints(session: AsyncSession, organisation_id: UUID) -> int:
    """Return how many endpoints an organisation has."""
    mine = endpoints_of_organisation(organisation_id).subquery()
    return await session.scalar(select(func.count()).select_from(mine)) or 0


def deliveries_of_organisation(
    organisation_id: UUID, endpoint_id: UUID | None, state: DeliveryState | None
) -> Select[Delivery]:
    """Return the query for an organisation's deliveries, those of deleted endpoints among them."""
    found = select(Delivery).where(Delivery.organisation_id == organisation_id)
    if endpoint_id:
        found = found.where(Delivery.endpoint_id == endpoint_id)
    return found.where(Delivery.state == state) if state else found


async def find_delivery(session: AsyncSession, organisation_id: UUID, delivery_id: UUID) -> Delivery:
    """Return an organisation's delivery; NotFound when it has none such."""
    found = await session.scalar(
        deliveries_of_organisation(organisation_id, None, None).where(Delivery.id == delivery_id)
    )
    if found is None:
        raise NotFound
    return found


def attempts_of_delivery(delivery_id: UUID) -> Select[Attempt]:
    """Return the query for the tries of a delivery."""
    return select(Attempt).where(Attempt.delivery_id == delivery_id)


async def has_delivered_since(session: AsyncSession, endpoint_id: UUID, since: datetime) -> bool:
    """Tell whether the endpoint has had anything since an instant."""
    later = exists().where(Delivery.endpoint_id == endpoint_id, Delivery.delivered_at >= since)
    return bool(await session.scalar(select(later)))


async def move_unsent(session: AsyncSession, endpoint: Endpoint) -> None:
    """Bring all that an endpoint has not had yet to the state that fits the endpoint now."""
    state = endpoint.waiting_state
    await update_deliveries(
        session, endpoint.id, waiting_values(state), Delivery.state.in_(UNSENT), Delivery.state != state
    )


async def drop_unsent(session: AsyncSession, endpoint_id: UUID) -> None:
    """Give up all that an endpoint has not had yet."""
    dropped = {"state": "dropped", "next_try_at": None}
    await update_deliveries(session, endpoint_id, dropped, Delivery.state.in_(UNSENT))


async def requeue_since(session: AsyncSession, endpoint: Endpoint, since: datetime) -> int:
    """Bring back to the queue all that an endpoint had, or failed to get, since an instant."""
    ended = Delivery.state.in_(("delivered", "failed"))
    return await update_deliveries(
        session,
        endpoint.id,
        waiting_values(endpoint.waiting_state),
        ended,
        Delivery.created_at >= since,
    )


async def update_deliveries(
    session: AsyncSession, endpoint_id: UUID, values: dict[str, Any], *which: ColumnElement[bool]
) -> int:
    """Change some of an endpoint's deliveries, locked in the order of their ids; returns how many."""
    mine = select(Delivery.id).where(Delivery.endpoint_id == endpoint_id, *which)
    locked_ids = mine.order_by(Delivery.id).with_for_update().cte("locked_ids")
    moved = update(Delivery).where(Delivery.id.in_(select(locked_ids.c.id))).values(values)
    return cast("CursorResult[tuple[()]]", await session.execute(moved)).rowcount


def waiting_values(state: DeliveryState) -> dict[str, Any]:
    """Return the values of a delivery that waits for its first try of a new round."""
    due = func.now() if state == "pending" else None
    return {"state": state, "tries": 0, "first_tried_at": None, "next_try_at": due, "delivered_at": None}


async def has_unnumbered(session: AsyncSession, endpoint_id: UUID) -> bool:
    """Tell whether an endpoint has deliveries without a place in its pull."""
    fresh = exists().where(Delivery.endpoint_id == endpoint_id, Delivery.position.is_(None))
    return bool(await session.scalar(select(fresh)))


async def deliveries_after(
    session: AsyncSession, endpoint_id: UUID, after: int, limit: int
) -> Sequence[Delivery]:
    """Return an endpoint's deliveries after a place in its pull."""
    later = select(Delivery).where(Delivery.endpoint_id == endpoint_id, Delivery.position > after)
    return (await session.scalars(later.order_by(Delivery.position).limit(limit))).all()
