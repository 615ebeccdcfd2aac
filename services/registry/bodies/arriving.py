"""What was said for a day to come is told when the day is there: those who keep copies learn no other way."""

import json
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Select, and_, or_, select, union
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.bodies import domain
from services.registry.ledger.acts import Act, lock_bodies
from services.registry.ledger.views import NOW, is_said
from services.registry.models import Body, BodyCode, BodyName, Boundary, Change, Relation
from shared.clock import today
from shared.events.registry import (
    FootprintChanged,
    FootprintRegistered,
    FootprintSucceeded,
    OrganisationChanged,
    OrganisationRegistered,
)

# How long the worker may have been away.
LOOKED_BACK = timedelta(days=30)
DAY = timedelta(days=1)
STATES = (
    FootprintRegistered,
    FootprintChanged,
    FootprintSucceeded,
    OrganisationRegistered,
    OrganisationChanged,
)


async def publish_what_came(session: AsyncSession) -> int:
    """Tell of the bodies that something said before holds for now, or no longer, and count them."""
    ids = await arrived(session, today())
    before = await states_published_last(session, ids)
    states = await domain.states(session, ids, FootprintChanged) if ids else []
    others = {
        event.aggregate_id
        for event in states
        if before.get(event.aggregate_id) != json.loads(event.model_dump_json())
    }
    if others:
        await lock_bodies(session, others)
        act = Act("What was said for this day holds from now on.", "the calendar")
        await domain.publish_bodies(session, others, act)
    return len(others)


async def arrived(session: AsyncSession, day: date) -> Sequence[UUID]:
    """Return the bodies of which something began or ended lately that had been said before."""
    kinds: list[Select[UUID]] = [
        select(model.body_id).where(turned(model, day)) for model in (BodyName, BodyCode, Boundary)
    ]
    members = select(Relation.from_id).where(Relation.kind == "member_of", turned(Relation, day))
    turned_now = union(*kinds, members).subquery()
    wanted = select(Body.id).where(Body.id.in_(select(turned_now)), Body.withdrawn_at.is_(None))
    return (await session.scalars(wanted)).all()


def turned(fact: Any, day: date) -> Any:
    """Hold for what began or ended lately, and was said before it did."""
    begun = and_(
        fact.valid_from <= day, fact.valid_from > day - LOOKED_BACK, fact.recorded_at < fact.valid_from
    )
    ended = and_(
        fact.valid_to < day, fact.valid_to > day - LOOKED_BACK, fact.recorded_at < fact.valid_to + DAY
    )
    return and_(is_said(fact, NOW), or_(begun, ended))


async def states_published_last(session: AsyncSession, ids: Sequence[UUID]) -> dict[UUID, Any]:
    """Return the state of each body that was told last."""
    wanted = (
        select(Change.record_id, Change.state)
        .where(Change.record_id.in_(ids), Change.type.in_([each.type for each in STATES]))
        .order_by(Change.position)
    )
    return {record: json.loads(state) for record, state in await session.execute(wanted)}
