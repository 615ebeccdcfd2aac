"""What was said for a day to come is published on that day: those who keep copies learn no other way."""

import json
from collections.abc import Sequence
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, and_, or_, select, union
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.bodies import domain
from services.registry.ledger.acts import Act, lock_bodies
from services.registry.ledger.views import NOW, Fact, is_said
from services.registry.models import Body, BodyCode, BodyName, Boundary, Change, Relation
from shared.clock import today
from shared.events import registry as events

# How long the worker may have been away.
LOOKED_BACK = timedelta(days=30)
DAY = timedelta(days=1)
STATES = {each.type for pair in domain.OF_ORGANISATIONS.items() for each in pair}


async def publish_what_came(session: AsyncSession) -> int:
    """Publish the bodies of which something said before holds for now, or no longer, and count them."""
    changed = await bodies_to_publish(session, await arrived(session, today()))
    if changed:
        await lock_bodies(session, changed)
        # A merger whose day has come may have published them while this waited.
        changed = await bodies_to_publish(session, sorted(changed))
        act = Act("What was said for this day holds from now on.", "the calendar")
        await domain.publish_bodies(session, changed, act)
    return len(changed)


async def bodies_to_publish(session: AsyncSession, ids: Sequence[UUID]) -> set[UUID]:
    """Those of the bodies whose present state is not the one that was published last."""
    if not ids:
        return set()
    # The last one of each body stays in the dictionary.
    published = select(Change.record_id, Change.state).where(
        Change.record_id.in_(ids), Change.type.in_(STATES)
    )
    found = await session.execute(published.order_by(Change.position))
    before = {record: json.loads(state) for record, state in found}
    states = await domain.states_of(session, ids, events.FootprintChanged)
    return {
        state.aggregate_id
        for state, _ in states
        if before.get(state.aggregate_id) != json.loads(state.model_dump_json())
    }


async def arrived(session: AsyncSession, day: date) -> Sequence[UUID]:
    """The bodies of which something began or ended lately that had been said before."""
    of_bodies = [
        select(model.body_id).where(has_turned(model, day)) for model in (BodyName, BodyCode, Boundary)
    ]
    members = select(Relation.from_id).where(Relation.kind == "member_of", has_turned(Relation, day))
    turned = union(*of_bodies, members).subquery()
    wanted = select(Body.id).where(Body.id.in_(select(turned)), Body.withdrawn_at.is_(None))
    return (await session.scalars(wanted)).all()


def has_turned(fact: Fact, day: date) -> ColumnElement[bool]:
    """True for what began or ended lately, and was said before it did."""
    since = day - LOOKED_BACK
    begun = and_(fact.valid_from <= day, fact.valid_from > since, fact.recorded_at < fact.valid_from)
    ended = and_(fact.valid_to < day, fact.valid_to > since, fact.recorded_at < fact.valid_to + DAY)
    return and_(is_said(fact, NOW), or_(begun, ended))
