"""All that the registry ever said about a body, with when it said so and why."""

from typing import Any
from uuid import UUID

from sqlalchemy import Date, Select, String, Subquery, Text, cast, func, literal, null, select, union_all
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.bodies.schemas import FactOut
from services.registry.ledger.views import Fact
from services.registry.models import Body, BodyCode, BodyName, Boundary, Change, LegalForm, Relation
from shared.paging import PageQuery, keyset

# Each table, with what its facts are called, what they say, and whom they are about.
KINDS: tuple[tuple[Fact, Fact, Fact, Fact], ...] = (
    (BodyName, literal("name"), BodyName.name, BodyName.body_id),
    (BodyCode, BodyCode.scheme, BodyCode.code, BodyCode.body_id),
    (LegalForm, literal("legal_form"), LegalForm.legal_form, LegalForm.body_id),
    (Boundary, literal("boundary"), Boundary.edition, Boundary.body_id),
    (Relation, Relation.kind, cast(Relation.to_id, String), Relation.from_id),
)
COLUMNS = ("valid_from", "valid_to", "recorded_at", "superseded_at", "imported")
ONLY_OF_SOME = ("not_before", "note")


def ever_said(body_id: UUID) -> Subquery:
    """Select all facts about a body, also those that are said no longer."""
    return union_all(
        *(
            select(
                cast(fact, Text).label("fact"),
                cast(value, Text).label("value"),
                *(model.id, model.act_id),
                *(getattr(model, name) for name in COLUMNS),
                (BodyName.not_before if model is BodyName else null().cast(Date)).label("not_before"),
                (Relation.note if model is Relation else null().cast(Text)).label("note"),
            ).where(owner == body_id)
            for model, fact, value, owner in KINDS
        )
    ).subquery("ever_said")


async def history(
    session: AsyncSession, body_id: UUID, paging: PageQuery
) -> tuple[list[FactOut], str | None]:
    """A page of what was ever said about a body, the most recently recorded first."""
    said = ever_said(body_id).c
    own = Change.act_id == said.act_id, Change.record_id == body_id
    # A body is locked from before it is said otherwise until that is published: the next change says why.
    later = Change.record_id == body_id, Change.at >= said.superseded_at
    because = select(Change.reason).where(*later).order_by(Change.position).limit(1)
    files = select(Body.source).where(Body.id == body_id).scalar_subquery()
    source = select(Change.source).where(*own).limit(1).scalar_subquery()
    fields = {name: said[name] for name in ("fact", "value", *COLUMNS, *ONLY_OF_SOME)} | {
        "reason": select(Change.reason).where(*own).limit(1).scalar_subquery(),
        "source": func.coalesce(source, files),
        "superseded_because": because.scalar_subquery(),
    }
    pairs = [part for name, value in fields.items() for part in (literal(name), value)]
    wanted: Select[Any] = select(func.jsonb_build_object(*pairs, type_=JSONB))
    order = said.recorded_at.desc(), said.fact.desc(), said.id.desc()
    found, cursor = await keyset(session, wanted, paging, *order)
    return [FactOut.model_validate(each) for each in found], cursor
