"""Meets what is to be known with what the database knows: new and changed bodies are written in bulk."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, cast
from uuid import UUID

import asyncpg
from sqlalchemy import bindparam, delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.bodies import domain as bodies
from services.registry.changes.domain import Act
from services.registry.imports.facts import BodyFacts, Catalogue, Dated
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
from shared.ids import new_id

CHILDREN = (BodyName, BodyCode, LegalForm, Boundary, Appointment, Contact)
COLUMNS = {
    BodyName: ("imported", "body_id", "name", "valid_from", "valid_to"),
    BodyCode: ("imported", "body_id", "scheme", "code", "valid_from", "valid_to"),
    LegalForm: ("imported", "body_id", "legal_form", "valid_from", "valid_to"),
    Boundary: ("imported", "body_id", "vintage", "valid_from", "valid_to", "region", "residents"),
    Relation: ("imported", "from_id", "to_id", "kind", "valid_from", "valid_to", "share", "source"),
    Appointment: (
        "imported", "shared_with", "id", "body_id", "role", "status", "holder", "holder_role",
        "holder_organisation", "as_published",
        "known_on", "source", "note",
    ),
    Contact: (
        "imported", "accessible", "is_personal", "id", "body_id", "channel", "value", "purpose", "known_on",
        "source",
    ),
}  # fmt: skip
BODY_COLUMNS = (
    "id", "version", "key", "kind", "is_footprint", "is_organisation", "opened_on", "closed_on",
    "demonstration", "source", "digest", "dated_by_hand",
)  # fmt: skip


async def driver_of(session: AsyncSession) -> "asyncpg.Connection[asyncpg.Record]":
    """Return the driver's connection inside the session's transaction, for COPY."""
    connection = await session.connection()
    raw = await connection.get_raw_connection()
    return cast("asyncpg.Connection[asyncpg.Record]", raw.driver_connection)


async def copy_in(session: AsyncSession, table: str, columns: Sequence[str], records: Iterable[Any]) -> None:
    """Write records with COPY."""
    driver = await driver_of(session)
    await driver.copy_records_to_table(table, records=records, columns=columns)


async def store(session: AsyncSession, catalogue: Catalogue) -> Counter[str]:
    """Write the new and the changed bodies, tell of each, and count them."""
    known = {row.key: row for row in await session.execute(select(Body.key, Body.id, Body.digest))}
    digests = {key: body.digest() for key, body in catalogue.bodies.items()}
    new = [body for key, body in catalogue.bodies.items() if key not in known]
    changed = [
        body for key, body in catalogue.bodies.items() if key in known and known[key].digest != digests[key]
    ]
    ids = {key: row.id for key, row in known.items()} | {body.key: new_id() for body in new}
    await copy_in(session, "body", BODY_COLUMNS, (body_record(b, ids[b.key], digests[b.key]) for b in new))
    await clear(session, changed, ids, digests)
    await write_facts(session, [*new, *changed], ids)
    act = Act("It was imported.", "the files that the registry ships")
    await bodies.tell(session, [ids[body.key] for body in new], act, registered=True)
    await bodies.tell(session, [ids[body.key] for body in changed], act, registered=False)
    unchanged = len(catalogue.bodies) - len(new) - len(changed)
    return Counter(new=len(new), changed=len(changed), unchanged=unchanged)


def body_record(body: BodyFacts, body_id: UUID, digest: str) -> tuple[Any, ...]:
    """Return the row of a body's identity."""
    return (
        body_id, 0, body.key, body.kind, body.is_footprint, body.is_organisation, body.opened_on,
        body.closed_on, False, body.source, digest, False,
    )  # fmt: skip


async def clear(
    session: AsyncSession, changed: Sequence[BodyFacts], ids: dict[str, UUID], digests: dict[str, str]
) -> None:
    """Lock the changed bodies, bring their own row up to date and remove what was known of them."""
    if not changed:
        return
    wanted = [ids[body.key] for body in changed]
    await session.execute(select(Body.id).where(Body.id.in_(wanted)).order_by(Body.id).with_for_update())
    for model in CHILDREN:
        await session.execute(delete(model).where(model.body_id.in_(wanted)))
    await session.execute(delete(Relation).where(Relation.from_id.in_(wanted)))
    connection = await session.connection()
    await connection.execute(
        update(Body)
        .where(Body.id == bindparam("body"))
        .values(opened_on=bindparam("opened"), closed_on=bindparam("closed"), digest=bindparam("hash")),
        [
            {"body": ids[b.key], "opened": b.opened_on, "closed": b.closed_on, "hash": digests[b.key]}
            for b in changed
        ],
    )


async def write_facts(session: AsyncSession, written: Sequence[BodyFacts], ids: dict[str, UUID]) -> None:
    """Write all that is known of some bodies."""
    records: dict[type[Any], list[tuple[Any, ...]]] = {model: [] for model in COLUMNS}
    for body in written:
        for model, record in facts_of(body, ids):
            records[model].append(record)
    for model, found in records.items():
        await copy_in(session, model.__tablename__, COLUMNS[model], found)


def dated(facts: Iterable[Dated]) -> Iterator[tuple[Any, ...]]:
    """Yield the value and the days of each fact."""
    for each in facts:
        yield each.value, each.valid_from, each.valid_to


def facts_of(body: BodyFacts, ids: dict[str, UUID]) -> Iterator[tuple[type[Any], tuple[Any, ...]]]:
    """Yield the table and the record of each fact about a body."""
    me = ids[body.key]
    yield from ((BodyName, (True, me, *each)) for each in dated(body.names))
    yield from ((BodyCode, (True, me, "ods", *each)) for each in dated(body.ods))
    yield from ((BodyCode, (True, me, "ons", *each)) for each in dated(body.ons))
    yield from ((LegalForm, (True, me, *each)) for each in dated(body.legal_forms))
    for edition in body.boundaries:
        days = edition.valid_from, edition.valid_to
        yield Boundary, (True, me, edition.vintage, *days, edition.region, edition.residents)
    for link in body.relations:
        days_linked = link.valid_from, link.valid_to
        yield Relation, (True, me, ids[link.to], link.kind, *days_linked, link.share, link.source)
    for held in body.appointments:
        yield Appointment, (
            True, [ids[key] for key in held.shared_with], new_id(), me, held.role, held.status, held.holder,
            held.holder_role, held.holder_organisation, held.as_published, held.known_on,
            held.source, held.note,
        )  # fmt: skip
    for door in body.contacts:
        yield Contact, (
            True, [], False, new_id(), me, door.channel, door.value, door.purpose, door.known_on, door.source,
        )  # fmt: skip
