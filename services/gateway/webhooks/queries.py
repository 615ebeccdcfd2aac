"""The questions to the tables of webhooks."""

from collections.abc import Sequence
from datetime import datetime
from typing import cast
from uuid import UUID

from sqlalchemy import CursorResult, Select, Text, Uuid, case, exists, func, literal, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from services.gateway.webhooks.matching import may_see, wants
from services.gateway.webhooks.models import Attempt, Delivery, Endpoint
from services.gateway.webhooks.schemas import DeliveryState
from shared.db import locked
from shared.errors import NotFound
from shared.events import Envelope

UNSENT: tuple[DeliveryState, ...] = ("pending", "held", "for_pull")


def endpoints_of(organisation_id: UUID) -> Select[Endpoint]:
    """Return the query for an organisation's endpoints, without those deleted."""
    return select(Endpoint).where(Endpoint.organisation_id == organisation_id, Endpoint.deleted_at.is_(None))


async def endpoint(session: AsyncSession, organisation_id: UUID, endpoint_id: UUID) -> Endpoint:
    """Return an organisation's endpoint; NotFound when it has none such."""
    found = await session.scalar(endpoints_of(organisation_id).where(Endpoint.id == endpoint_id))
    if found is None:
        raise NotFound
    return found


async def locked_endpoint(session: AsyncSession, organisation_id: UUID, endpoint_id: UUID) -> Endpoint:
    """Return an organisation's endpoint, locked for this transaction; NotFound when it has none such."""
    await endpoint(session, organisation_id, endpoint_id)
    found = await locked(session, Endpoint, endpoint_id)
    if found.deleted_at is not None:
        raise NotFound
    return found


async def endpoint_count(session: AsyncSession, organisation_id: UUID) -> int:
    """Return how many endpoints an organisation has."""
    mine = endpoints_of(organisation_id).subquery()
    return await session.scalar(select(func.count()).select_from(mine)) or 0


def deliveries_of(
    organisation_id: UUID, endpoint_id: UUID | None, state: DeliveryState | None
) -> Select[Delivery]:
    """Return the query for an organisation's deliveries, those of deleted endpoints among them."""
    found = select(Delivery).where(Delivery.organisation_id == organisation_id)
    if endpoint_id:
        found = found.where(Delivery.endpoint_id == endpoint_id)
    return found.where(Delivery.state == state) if state else found


async def delivery(session: AsyncSession, organisation_id: UUID, delivery_id: UUID) -> Delivery:
    """Return an organisation's delivery; NotFound when it has none such."""
    found = await session.scalar(deliveries_of(organisation_id, None, None).where(Delivery.id == delivery_id))
    if found is None:
        raise NotFound
    return found


def attempts_of(delivery_id: UUID) -> Select[Attempt]:
    """Return the query for the tries of a delivery."""
    return select(Attempt).where(Attempt.delivery_id == delivery_id)


async def got_through_since(session: AsyncSession, endpoint_id: UUID, since: datetime) -> bool:
    """Tell whether the endpoint has had anything since an instant."""
    later = exists().where(Delivery.endpoint_id == endpoint_id, Delivery.delivered_at >= since)
    return bool(await session.scalar(select(later)))


async def move_unsent(session: AsyncSession, endpoint: Endpoint) -> None:
    """Bring all that an endpoint has not had yet to the state that fits the endpoint now."""
    state = endpoint.waiting_state
    await session.execute(
        update(Delivery)
        .where(Delivery.endpoint_id == endpoint.id, Delivery.state.in_(UNSENT), Delivery.state != state)
        .values(waiting(state))
    )


async def drop_unsent(session: AsyncSession, endpoint_id: UUID) -> None:
    """Give up all that an endpoint has not had yet."""
    unsent = Delivery.endpoint_id == endpoint_id, Delivery.state.in_(UNSENT)
    await session.execute(update(Delivery).where(*unsent).values(state="dropped", next_try_at=None))


async def send_again(session: AsyncSession, endpoint: Endpoint, since: datetime) -> int:
    """Bring back to the queue all that an endpoint had, or failed to get, since an instant."""
    again = update(Delivery).where(
        Delivery.endpoint_id == endpoint.id,
        Delivery.created_at >= since,
        Delivery.state.in_(("delivered", "failed")),
    )
    moved = await session.execute(again.values(waiting(endpoint.waiting_state)))
    return cast("CursorResult[tuple[()]]", moved).rowcount


def waiting(state: DeliveryState) -> dict[str, object]:
    """Return the values of a delivery that waits for its first try of a new round."""
    due = func.now() if state == "pending" else None
    return {"state": state, "tries": 0, "first_tried_at": None, "next_try_at": due, "delivered_at": None}


async def add_deliveries(
    session: AsyncSession,
    envelope: Envelope,
    *,
    made_at: datetime,
    only: UUID | None,
    thin: str,
    full: str,
) -> Sequence[UUID]:
    """Add one delivery of the event for each endpoint that may and wants to see it; returns the endpoints.

    The endpoints are locked against changes until the commit, so that none is held by one that was enabled
    meanwhile. `only` names the one endpoint that the event is for, if it is for one alone.
    """
    disabled, unreachable = Endpoint.disabled_at.is_not(None), Endpoint.url.is_(None)
    state = case((disabled, "held"), (unreachable, "for_pull"), else_="pending")
    wanted = (
        select(
            func.uuidv7(),
            literal(envelope.id, Uuid),
            Endpoint.id,
            Endpoint.organisation_id,
            literal(envelope.type, Text),
            state,
            literal(0),
            case((Endpoint.payload == "full", full), else_=thin),
            func.now(),
            case((state == "pending", func.now())),
        )
        .where(Endpoint.deleted_at.is_(None), Endpoint.created_at <= made_at, may_see(envelope))
        .where(Endpoint.id == only if only else wants(envelope))
        .with_for_update(read=True)
    )
    columns = (
        Delivery.id, Delivery.event_id, Delivery.endpoint_id, Delivery.organisation_id, Delivery.event_type,
        Delivery.state, Delivery.tries, Delivery.body, Delivery.created_at, Delivery.next_try_at,
    )  # fmt: skip
    added = insert(Delivery).from_select(columns, wanted, include_defaults=False).on_conflict_do_nothing()
    return (await session.scalars(added.returning(Delivery.endpoint_id))).all()


async def has_unnumbered(session: AsyncSession, endpoint_id: UUID) -> bool:
    """Tell whether an endpoint has deliveries without a place in its pull."""
    fresh = exists().where(Delivery.endpoint_id == endpoint_id, Delivery.position.is_(None))
    return bool(await session.scalar(select(fresh)))


async def numbered_after(
    session: AsyncSession, endpoint_id: UUID, after: int, limit: int
) -> Sequence[Delivery]:
    """Return an endpoint's deliveries after a place in its pull."""
    later = select(Delivery).where(Delivery.endpoint_id == endpoint_id, Delivery.position > after)
    return (await session.scalars(later.order_by(Delivery.position).limit(limit))).all()
