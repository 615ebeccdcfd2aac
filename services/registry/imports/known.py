"""What the registry knows of bodies when an import starts."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, ColumnElement, Row, any_, bindparam, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.imports.facts import BodyFacts, BoundaryFact, Dated
from services.registry.imports.sources import Origin
from services.registry.models import (
    Appointment,
    Body,
    BodyCode,
    BodyName,
    Boundary,
    Contact,
    LegalForm,
    Relation,
)

# What each fact says; the rest of its row is about who said it and when.
SAYS: Mapping[type[Any], tuple[str, ...]] = {
    BodyName: ("name", "valid_from", "valid_to"),
    BodyCode: ("scheme", "code", "valid_from", "valid_to"),
    LegalForm: ("legal_form", "valid_from", "valid_to"),
    Boundary: ("vintage", "valid_from", "valid_to", "region", "residents"),
    Relation: ("to_id", "kind", "valid_from", "valid_to", "share", "source"),
    Appointment: (
        "role",
        "status",
        "holder",
        "holder_role",
        "holder_organisation",
        "as_published",
        "known_on",
        "source",
        "note",
        "shared_with",
    ),
    Contact: ("channel", "value", "purpose", "known_on", "source"),
}
RECORDED = ("recorded_at", "superseded_at", "imported", "file")
Facts = dict[type[Any], list[Row[*tuple[Any, ...]]]]


def among(column: Any, ids: Collection[Any]) -> ColumnElement[bool]:
    """Hold for rows with one of many ids: as one array, for a statement has room for some thousand values."""
    held: ColumnElement[bool] = column == any_(bindparam(None, list(ids), ARRAY(column.type), unique=True))
    return held


def owner_of(model: type[Any]) -> Any:
    """Return the column that names the body of a fact."""
    return model.from_id if model is Relation else model.body_id


@dataclass(slots=True)
class Known:
    """The bodies by key and by id, and what is said or was corrected by hand about each."""

    bodies: dict[str, Row[*tuple[Any, ...]]]
    facts: dict[UUID, Facts]

    def facts_of(self, body_id: UUID) -> Facts:
        """Return what is known of a body."""
        return self.facts.get(body_id) or {}

    def said(self, body_id: UUID, model: type[Any]) -> list[Row[*tuple[Any, ...]]]:
        """Return the facts of a kind that are said of a body, the earliest first."""
        found = [row for row in self.facts_of(body_id).get(model, []) if row.superseded_at is None]
        return sorted(found, key=lambda row: row.valid_from or date.min)


async def known_bodies(
    session: AsyncSession, ids: Collection[UUID] | None = None
) -> dict[str, Row[*tuple[Any, ...]]]:
    """Return the rows of bodies by their keys; of all when no ids are given."""
    columns = (
        Body.id, Body.key, Body.kind, Body.source, Body.file, Body.known_on, Body.opened_on, Body.closed_on,
        Body.is_footprint, Body.is_organisation, Body.dated_by_hand, Body.withdrawn_at, Body.demonstration,
    )  # fmt: skip
    wanted = select(*columns) if ids is None else select(*columns).where(among(Body.id, ids))
    return {row.key: row for row in await session.execute(wanted)}


async def known_facts(session: AsyncSession, ids: Collection[UUID] | None = None) -> dict[UUID, Facts]:
    """Return what is said of bodies, and what an import said until a steward corrected it."""
    found: dict[UUID, Facts] = defaultdict(lambda: defaultdict(list))
    for model, says in SAYS.items():
        owner = owner_of(model)
        extra = [Contact.ended_on] if model is Contact else []
        columns = [getattr(model, name) for name in ("id", *says, *RECORDED)]
        wanted = select(owner.label("owner"), *columns, *extra)
        wanted = wanted.where(model.superseded_at.is_(None) | (model.imported & model.file.is_not(None)))
        if ids is not None:
            wanted = wanted.where(among(owner, ids))
        for row in await session.execute(wanted):
            found[row.owner][model].append(row)
    return found


async def everything_known(session: AsyncSession) -> Known:
    """Return all that the registry knows of bodies."""
    return Known(await known_bodies(session), await known_facts(session))


def references(known: Known, files: frozenset[str]) -> dict[str, BodyFacts]:
    """Return the bodies that files may refer to without telling of them, by key."""
    keys = {row.id: key for key, row in known.bodies.items()}
    return {
        key: reference(known, row, keys, files)
        for key, row in known.bodies.items()
        if row.withdrawn_at is None
    }


def reference(known: Known, row: Any, keys: Mapping[UUID, str], files: frozenset[str]) -> BodyFacts:
    """Return a body as the registry knows it."""
    links = known.said(row.id, Relation)
    elsewhere = [each for each in links if each.kind == "member_of" and each.file not in files]
    codes = known.said(row.id, BodyCode)
    return BodyFacts(
        row.key, row.kind, row.source, Origin(row.file, 0), row.is_footprint, row.is_organisation,
        row.opened_on, row.closed_on,
        is_known=True,
        member_elsewhere=frozenset(keys[each.to_id] for each in elsewhere),
        names=[Dated(each.name, each.valid_from, each.valid_to) for each in known.said(row.id, BodyName)],
        ods=[Dated(each.code, each.valid_from, each.valid_to) for each in codes if each.scheme == "ods"],
        ons=[Dated(each.code, each.valid_from, each.valid_to) for each in codes if each.scheme == "ons"],
        boundaries=boundaries(known.said(row.id, Boundary)),
    )  # fmt: skip


def boundaries(rows: Sequence[Any]) -> list[BoundaryFact]:
    """Return the editions of a footprint."""
    return [
        BoundaryFact(row.vintage, row.valid_from or date.min, row.valid_to, row.region, row.residents)
        for row in rows
    ]
