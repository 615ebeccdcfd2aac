"""Writes what an import found: new bodies at once, changed ones under their locks, all of it in bulk."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.imports.adopting import adopt
from services.registry.imports.comparing import plan_of
from services.registry.imports.facts import Catalogue
from services.registry.imports.known import SAYS, Known, among, known_bodies, known_facts, owner_of
from services.registry.imports.planning import Plan, Setting
from services.registry.imports.summary import Summary
from services.registry.models import Appointment, Body, Contact
from shared.clock import now
from shared.db import driver_of
from shared.ids import new_id

BODY_COLUMNS = (
    "id", "version", "key", "kind", "is_footprint", "is_organisation", "opened_on", "closed_on",
    "demonstration", "source", "file", "known_on", "dated_by_hand",
)  # fmt: skip
# What is known of no imported fact, and may not be NULL.
OWN: Mapping[type[Any], dict[str, Any]] = {
    Appointment: {},
    Contact: {"accessible": [], "is_personal": False},
}


@dataclass(slots=True)
class Stored:
    """The bodies that were new and those that changed: they are told of when everything is written."""

    new: list[UUID] = field(default_factory=list)
    changed: list[UUID] = field(default_factory=list)
    files: set[str] = field(default_factory=set)
    # Whether anything was written that no event tells of.
    quietly: bool = False


async def copy_in(session: AsyncSession, table: str, columns: Sequence[str], records: Iterable[Any]) -> None:
    """Write records with COPY."""
    driver = await driver_of(session)
    await driver.copy_records_to_table(table, records=records, columns=columns)


async def store(
    session: AsyncSession, catalogue: Catalogue, known: Known, files: frozenset[str], summary: Summary,
    *, is_whole: bool,
) -> Stored:  # fmt: skip
    """Write what is new and what changed, and count it; what is said already is left untouched."""
    adopt(catalogue, known)
    ids = {key: row.id for key, row in known.bodies.items()}
    ids |= {key: new_id() for key in catalogue.bodies if key not in ids}
    setting = Setting(files, is_whole, ids)
    plans = [
        plan_of(body, known.bodies.get(key), known.facts_of(ids[key]), setting)
        for key, body in catalogue.bodies.items()
    ]
    new = [plan for plan in plans if plan.is_new]
    changing = await again_locked(session, [p for p in plans if not p.is_new and p.is_write], setting)
    at = now()
    await copy_in(session, "body", BODY_COLUMNS, map(body_record, new))
    await write_own_rows(session, changing)
    await withdraw(session, changing, at)
    await write_doors(session, changing, at)
    await name_files(session, changing)
    await write_facts(session, [*new, *changing], at)
    count(summary, plans, changing)
    return Stored(
        [plan.id for plan in new], [plan.id for plan in changing if plan.is_change],
        {claim.at.file for plan in [*new, *changing] for claim in plan.made}
        | {plan.body.at.file for plan in [*new, *changing] if plan.is_new or plan.is_change},
        quietly=any(not plan.is_change for plan in changing),
    )  # fmt: skip


async def again_locked(session: AsyncSession, plans: Sequence[Plan], setting: Setting) -> list[Plan]:
    """Lock the bodies that change, and plan again from what is known of them now."""
    ids = sorted(plan.id for plan in plans)
    if not ids:
        return []
    wanted = select(Body.id).where(among(Body.id, ids)).order_by(Body.id)
    await session.execute(wanted.with_for_update(key_share=True))
    rows = {row.id: row for row in (await known_bodies(session, ids)).values()}
    facts = await known_facts(session, ids)
    return [plan_of(plan.body, rows[plan.id], facts.get(plan.id, {}), setting) for plan in plans]


def count(summary: Summary, plans: Sequence[Plan], changing: Sequence[Plan]) -> None:
    """Count the bodies that the files told something of, and list what changed and what was left alone."""
    later = {plan.id: plan for plan in changing}
    plans = [later.get(plan.id, plan) for plan in plans]
    told = [plan for plan in plans if not plan.body.is_known or plan.body.files]
    new, changed = sum(plan.is_new for plan in told), sum(plan.is_change for plan in changing)
    summary.counts["bodies"] = Counter(new=new, changed=changed, unchanged=len(told) - new - changed)
    for plan in told:
        summary.kept += plan.kept
        summary.changed += plan.changed
    summary.counts["bodies"]["kept by hand"] = len(summary.kept)
    if older := sum(plan.is_older for plan in told):
        summary.notes.append(f"{older:,} rows are older than what is known already: they were left out.")
    if again := sum(plan.is_write and not plan.is_change for plan in changing):
        summary.notes.append(f"{again:,} bodies were seen again, as they were known.")


def body_record(plan: Plan) -> tuple[Any, ...]:
    """Return the row of a new body."""
    body = plan.body
    return (
        plan.id, 0, body.key, body.kind, body.is_footprint, body.is_organisation, body.opened_on,
        body.closed_on, False, body.source, body.at.file, body.as_of, False,
    )  # fmt: skip


async def write_own_rows(session: AsyncSession, plans: Sequence[Plan]) -> None:
    """Bring the bodies' own rows up to date."""
    await update_each(session, Body, {plan.id: plan.columns | plan.unseen for plan in plans})


async def update_each(session: AsyncSession, model: Any, rows: Mapping[UUID, Mapping[str, Any]]) -> None:
    """Give each row its values, in one statement for all that change the same columns."""
    alike: dict[tuple[str, ...], list[dict[str, Any]]] = defaultdict(list)
    for row, values in rows.items():
        given = {f"new_{name}": value for name, value in values.items()}
        alike[tuple(sorted(values))].append({"row": row} | given)
    connection = await session.connection()
    for names, given_rows in alike.items():
        if names:
            table = model.__table__
            changed = update(table).where(table.c.id == bindparam("row"))
            values = {name: bindparam(f"new_{name}") for name in names}
            await connection.execute(changed.values(**values), given_rows)


async def withdraw(session: AsyncSession, plans: Sequence[Plan], at: datetime) -> None:
    """Let facts no longer be said; what an import said otherwise is no longer compared with."""
    for model in SAYS:
        if gone := [fact for plan in plans for of, fact in plan.gone if of is model]:
            ended = update(model).where(among(model.id, gone)).values(superseded_at=at, file=None)
            await session.execute(ended.execution_options(synchronize_session=False))


async def write_doors(session: AsyncSession, plans: Sequence[Plan], at: datetime) -> None:
    """Let doors say something else; what they said so far is kept beside them."""
    doors = {door: values for plan in plans for door, values in plan.doors.items()}
    if not doors:
        return
    columns = [each.name for each in Contact.__table__.columns]
    beside = {"superseded_at": at, "file": None}
    kept = [
        dict(row._mapping) | beside | {"id": new_id(), "earlier_form_of": row.id}
        for row in await session.execute(select(*Contact.__table__.columns).where(among(Contact.id, doors)))
    ]
    await copy_in(session, "contact", columns, ([row[name] for name in columns] for row in kept))
    await update_each(
        session, Contact, {door: values | {"recorded_at": at} for door, values in doors.items()}
    )


async def name_files(session: AsyncSession, plans: Sequence[Plan]) -> None:
    """Remember which file says what an import said before files were told apart."""
    found: dict[tuple[type[Any], str], list[Any]] = {}
    for plan in plans:
        for model, fact, file in plan.found:
            found.setdefault((model, file), []).append(fact)
    for (model, file), facts in found.items():
        named = update(model).where(among(model.id, facts)).values(file=file)
        await session.execute(named.execution_options(synchronize_session=False))


async def write_facts(session: AsyncSession, plans: Sequence[Plan], at: datetime) -> None:
    """Write what is said from now on."""
    records: dict[type[Any], list[tuple[Any, ...]]] = {model: [] for model in SAYS}
    for plan in plans:
        for claim in plan.made:
            own = tuple(OWN.get(claim.model, {}).values())
            ids = (new_id(),) if claim.model in OWN else ()
            records[claim.model].append((plan.id, at, True, claim.at.file, *claim.says, *own, *ids))
    for model, found in records.items():
        own_columns = (*OWN.get(model, {}), *(("id",) if model in OWN else ()))
        columns = (owner_of(model).key, "recorded_at", "imported", "file", *SAYS[model], *own_columns)
        await copy_in(session, model.__tablename__, columns, found)
