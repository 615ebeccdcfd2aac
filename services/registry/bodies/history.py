"""All that the registry ever said about a body, with when it said so and why."""

from typing import Any
from uuid import UUID

from sqlalchemy import Select, String, Text, cast, func, literal, select, union_all
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.bodies.schemas import FactOut
from services.registry.models import Body, BodyCode, BodyName, Boundary, Change, LegalForm, Relation
from shared.paging import PageQuery, keyset


def facts_of(model: Any, fact: Any, value: Any, owner: Any, body_id: UUID) -> Select[*tuple[Any, ...]]:
    """Select the facts of one table about a body, also those that are said no longer."""
    return select(
        cast(fact, Text).label("fact"),
        cast(value, Text).label("value"),
        model.id,
        model.valid_from,
        model.valid_to,
        model.recorded_at,
        model.superseded_at,
        model.imported,
        model.act_id,
    ).where(owner == body_id)


def ever_said(body_id: UUID) -> Any:
    """Select all facts about a body."""
    return union_all(
        facts_of(BodyName, literal("name"), BodyName.name, BodyName.body_id, body_id),
        facts_of(BodyCode, BodyCode.scheme, BodyCode.code, BodyCode.body_id, body_id),
        facts_of(LegalForm, literal("legal_form"), LegalForm.legal_form, LegalForm.body_id, body_id),
        facts_of(Boundary, literal("boundary"), Boundary.edition, Boundary.body_id, body_id),
        facts_of(Relation, Relation.kind, cast(Relation.to_id, String), Relation.from_id, body_id),
    ).subquery("ever_said")


def history_statement(body_id: UUID) -> tuple[Select[Any], list[Any]]:
    """Select all facts about a body as objects, and the key that they are in order by."""
    said = ever_said(body_id)
    own = select(Change.reason, Change.source).where(
        Change.act_id == said.c.act_id, Change.record_id == body_id
    )
    # A body is locked from before it is said otherwise until that is told: the next change says why.
    because = (
        select(Change.reason)
        .where(Change.record_id == body_id, Change.at >= said.c.superseded_at)
        .order_by(Change.position)
        .limit(1)
    )
    files = select(Body.source).where(Body.id == body_id).scalar_subquery()
    columns = [column for column in said.c if column.key not in ("id", "act_id")]
    pairs = [part for column in columns for part in (literal(column.key), column)]
    whole = func.jsonb_build_object(
        *pairs,
        "reason",
        own.with_only_columns(Change.reason).limit(1).scalar_subquery(),
        "source",
        func.coalesce(own.with_only_columns(Change.source).limit(1).scalar_subquery(), files),
        "superseded_because",
        because.scalar_subquery(),
        type_=JSONB,
    )
    return select(whole), [said.c.recorded_at.desc(), said.c.fact.desc(), said.c.id.desc()]


async def history(
    session: AsyncSession, body_id: UUID, paging: PageQuery
) -> tuple[list[FactOut], str | None]:
    """Return some of what was ever said about a body, what was recorded last first."""
    statement, order = history_statement(body_id)
    found, cursor = await keyset(session, statement, paging, *order)
    return [FactOut.model_validate(each) for each in found], cursor
