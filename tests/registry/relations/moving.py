"""Moving an organisation from one board to another, as a steward does."""

from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.ledger.views import NOW, is_in_force
from services.registry.models import Body, Relation
from services.registry.relations import domain as relations
from services.registry.relations.schemas import NewRelation, RelationEnding
from tests.registry.writes import WHY, asked, edit_of


async def move_trust(session: AsyncSession, trust: UUID, board: str, day: date) -> None:
    """Let a trust or a practice be a member of another board from a day on."""
    eve = day - timedelta(days=1)
    await relations.end(
        await edit_of(session, trust),
        (await membership_on(session, trust, eve)).id,
        RelationEnding(valid_to=eve, **WHY),
    )
    new = NewRelation(kind="member_of", to=f"ods:{board}", valid_from=day, **WHY)
    await relations.say_relation(*await asked(session, trust), new)


async def membership_on(session: AsyncSession, member: UUID, day: date) -> Relation:
    """Return the membership of a body in a board on a day."""
    wanted = select(Relation).join(Body, Body.id == Relation.to_id)
    wanted = wanted.where(Relation.from_id == member, Relation.kind == "member_of", Body.kind == "icb")
    return (await session.scalars(wanted.where(is_in_force(Relation, day, NOW)))).one()
