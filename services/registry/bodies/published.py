"""What is published of bodies: their present state, with what their events carry besides."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Select, case, func, or_, select, update
from sqlalchemy.dialects.postgresql import JSONB, aggregate_order_by
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.bodies.queries import FOOTPRINT, WIDTH, body_state
from services.registry.ledger.views import AS_OF, IDS, KNOWN_AT, NOW, BodyOnDay, View, is_said
from services.registry.models import Body, Relation, Succession

# Of a footprint each share is known or nothing; of an organisation a blank one is not known.
SHARE = case((Body.is_footprint, func.coalesce(Relation.share, 0)), else_=Relation.share)
SUCCESSORS = select(
    func.jsonb_agg(
        aggregate_order_by(
            func.jsonb_build_object("id", Relation.to_id, "share", SHARE),
            *(Relation.share.desc().nulls_last(), Relation.to_id),
        ),
        type_=JSONB,
    )
).where(Relation.from_id == Body.id, Relation.kind == "succeeded_by", is_said(Relation, NOW))
# Also those that no longer do: what was sent while they did is still no other organisation's.
OPERATORS = select(func.array_agg(aggregate_order_by(Relation.to_id.distinct(), Relation.to_id))).where(
    Relation.from_id == Body.id, Relation.kind == "operated_by", is_said(Relation, NOW)
)
MEMBERSHIPS = (
    select(
        func.jsonb_agg(
            aggregate_order_by(
                func.jsonb_build_object(
                    *("footprint_id", Relation.to_id),
                    *("valid_from", Relation.valid_from, "valid_to", Relation.valid_to),
                ),
                *(func.coalesce(Relation.share, 1).desc(), Relation.to_id.desc()),
            ),
            type_=JSONB,
        )
    )
    .join(FOOTPRINT, FOOTPRINT.id == Relation.to_id)
    .where(Relation.from_id == Body.id, Relation.kind == "member_of", FOOTPRINT.is_footprint)
    .where(is_said(Relation, NOW))
)
SUCCEEDED_ON = select(Succession.effective_on).where(
    Succession.predecessor_id == Body.id, Succession.undone_at.is_(None)
)
HAS_CLOSED = Body.closed_on < AS_OF
# The footprint that a body is a member of on a day, the one with most of it. Of one that had closed, the last
# that it was in: others need its place to know who answers for it.
HOME = (
    select(Relation.to_id)
    .join(FOOTPRINT, FOOTPRINT.id == Relation.to_id)
    .where(Relation.from_id == Body.id, Relation.kind == "member_of", FOOTPRINT.is_footprint)
    .where(is_said(Relation, KNOWN_AT))
    .where(or_(Relation.valid_from.is_(None), Relation.valid_from <= func.least(AS_OF, Body.closed_on)))
    .where(or_(Relation.valid_to.is_(None), Relation.valid_to >= AS_OF, HAS_CLOSED))
    .order_by(
        case((HAS_CLOSED, func.coalesce(Relation.valid_to, Body.closed_on))).desc().nulls_last(),
        func.coalesce(Relation.share, 1).desc(),
        Relation.to_id.desc(),
    )
    .limit(1)
)


def published_state(*, raised: bool) -> Select[*tuple[Any, ...]]:
    """Select what is published of `ids`; with `raised`, under a new version of each."""
    wanted = (SUCCESSORS, SUCCEEDED_ON, HOME, OPERATORS, MEMBERSHIPS)
    parts = [each.correlate(Body).scalar_subquery() for each in wanted]
    state = body_state().add_columns(*parts)
    if not raised:
        return state
    new = update(Body).where(Body.id.in_(IDS)).values(version=Body.version + 1)
    versions = new.returning(Body.id, Body.version).cte("versions")
    return state.add_columns(versions.c.version).join(versions, versions.c.id == Body.id)


STATE, STATE_RAISED = published_state(raised=False), published_state(raised=True)


@dataclass(frozen=True, slots=True)
class PublishedBody:
    """A body as it is now, with what its events carry besides."""

    body: BodyOnDay
    successors: Sequence[Mapping[str, object]]
    succeeded_on: date | None
    footprint: UUID | None
    operated_by: Sequence[UUID]
    memberships: Sequence[Mapping[str, object]]


async def published_bodies(
    session: AsyncSession, ids: Sequence[UUID], view: View, *, raised: bool
) -> list[PublishedBody]:
    """Bodies as they are published on a day; with `raised`, each under a new version from now on."""
    statement = STATE_RAISED if raised else STATE
    found = []
    for row in await session.execute(statement, {"ids": list(ids), **view.parameters()}):
        body, parts = BodyOnDay(*row[:WIDTH]), row[WIDTH:]
        successors, succeeded_on, home, operators, memberships, *versions = parts
        body = replace(body, version=versions[0]) if versions else body
        found.append(
            PublishedBody(body, successors or (), succeeded_on, home, operators or (), memberships or ())
        )
    return found
