"""Where two sources differ about one body: kept for stewards, who correct or settle them.

The two are a file and a steward (kept by hand), two files, or a register's board and that of the premises.
"""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.imports.areas import AREA_FILE
from services.registry.imports.facts import Catalogue
from services.registry.imports.recording import words_of
from services.registry.imports.sets import stage_rows
from services.registry.imports.staging import TABLES, FactTable
from services.registry.imports.summary import Line
from services.registry.ledger.views import STEWARD
from shared.ids import new_id

# The words of a file about these are not kept: they may name a person who was withdrawn here.
PERSONAL = ("appointment", "contact")
KEPT = "SELECT DISTINCT body_id, fact, slot, says, file, line FROM kept"
HELD = """
    SELECT body_id, '{name}' AS fact, {slot} AS slot, says FROM (
        SELECT {owner} AS body_id, jsonb_build_object({pairs}) AS says FROM {name}
        WHERE superseded_at IS NULL AND NOT imported AND {owner} IN (SELECT body_id FROM kept)) f"""
DAYS_HELD = """
    SELECT id AS body_id, NULL AS fact, slot, to_jsonb(day::text) AS says
    FROM body, LATERAL (VALUES ('opened on', opened_on), ('closed on', closed_on),
        ('services ended on', services_ended_on)) d (slot, day)
    WHERE id IN (SELECT body_id FROM kept)"""
NAMES = """
    SELECT DISTINCT ON (body_id) body_id::text AS id, name FROM body_name
    WHERE superseded_at IS NULL AND body_id::text = ANY(:ids) ORDER BY body_id, valid_from DESC NULLS LAST"""
# The board that a register names, and the one in which the premises of a body lie.
PREMISES = """
    SELECT b.id AS body_id, r.to_id::text AS ours, r.file AS ours_from, s.body_id::text AS theirs
    FROM body b
    JOIN relation r ON r.from_id = b.id AND r.kind = 'member_of' AND r.superseded_at IS NULL
        AND r.imported AND r.valid_to IS NULL
    JOIN boundary e ON e.body_id = r.to_id AND e.superseded_at IS NULL AND e.valid_to IS NULL
    JOIN area_share s ON s.area = b.area AND s.edition = e.edition
    WHERE b.kind IN ('nhs_trust', 'gp_practice') AND b.closed_on IS NULL AND b.withdrawn_at IS NULL
        AND s.body_id <> r.to_id
        AND NOT EXISTS (SELECT FROM area_share own WHERE (own.area, own.edition) = (s.area, s.edition)
            AND own.body_id = r.to_id)"""
FOUND = """id uuid, body_id uuid, fact text, ours text, ours_from text, theirs text, theirs_from text,
    line integer"""
IS_SAME = """(d.body_id, d.fact, d.theirs_from, d.theirs) = (f.body_id, f.fact, f.theirs_from, f.theirs)"""
FORGET = """
    DELETE FROM dispute d WHERE d.theirs_from = ANY(:files) AND d.body_id <> ALL(:older)
        AND NOT EXISTS (SELECT FROM dispute_found f WHERE {is_same})"""
FOLLOW = """
    UPDATE dispute d SET ours = f.ours, ours_from = f.ours_from, line = f.line, version = version + 1
    FROM dispute_found f
    WHERE {is_same} AND (d.ours, d.ours_from, d.line) IS DISTINCT FROM (f.ours, f.ours_from, f.line)"""
ADD = """
    INSERT INTO dispute (id, version, body_id, fact, ours, ours_from, theirs, theirs_from, line, since)
    SELECT f.id, 0, f.body_id, f.fact, f.ours, f.ours_from, f.theirs, f.theirs_from, f.line, :at
    FROM dispute_found f WHERE NOT EXISTS (SELECT FROM dispute d WHERE {is_same})"""
OPEN = """
    SELECT d.*, b.key FROM dispute d JOIN body b ON b.id = d.body_id
    WHERE d.settled_at IS NULL ORDER BY b.key, d.fact, d.theirs_from, d.theirs"""


class Found(NamedTuple):
    """What two sources say of one fact of a body."""

    body_id: UUID
    fact: str
    ours: str | None
    ours_from: str
    theirs: str
    theirs_from: str
    line: int | None = None

    @property
    def key(self) -> tuple[UUID, str, str, str]:
        """What tells it from others: once it is settled, only other words of the file bring it back."""
        return self.body_id, self.fact, self.theirs_from, self.theirs


async def load_disputes(
    session: AsyncSession, catalogue: Catalogue, files: Collection[str], at: datetime
) -> list[Line]:
    """Keep what the files of an import dispute, and list all that nobody has settled.

    Disputes of other files stay, and so do those of rows that are older than what the registry has.
    """
    bodies = catalogue.bodies
    found = [*await find_kept(session), *await find_premises(session)]
    found += (
        Found(bodies[each.key].id, each.fact, each.ours, each.ours_from, each.theirs, *each.at)
        for each in catalogue.disputed
    )
    rows = ((new_id(), *each) for each in {each.key: each for each in found}.values())
    await stage_rows(session, "dispute_found", FOUND, rows)
    older = [body.id for body in bodies.values() if body.is_older]
    parameters = {"files": [*files, AREA_FILE], "older": older, "at": at}
    for statement in (FORGET, FOLLOW, ADD):
        await session.execute(text(statement.format(is_same=IS_SAME)), parameters)
    return [
        Line("disputed", row.theirs_from, row.line, row.key, row.fact, row.ours, row.theirs, row.ours_from)
        for row in await session.execute(text(OPEN))
    ]


async def find_kept(session: AsyncSession) -> list[Found]:
    """What an import kept by hand: a steward said otherwise, or withdrew it."""
    said = (await session.execute(text(KEPT))).all()
    if not said:
        return []
    held = (await session.execute(text(" UNION ALL ".join([*map(held_in, TABLES), DAYS_HELD])))).all()
    names = await find_names(session, (row.says for row in (*said, *held)))
    ours = {
        (row.body_id, row.slot): words_of(row.fact, row.says, names)
        for row in sorted(held, key=lambda row: first_day(row.says))
    }
    return [
        Found(
            row.body_id,
            "appointment" if row.fact == "appointment" else row.slot.replace(" ", "_"),
            None if row.fact in PERSONAL else ours.get((row.body_id, row.slot)),
            STEWARD,
            f"what line {row.line} says" if row.fact in PERSONAL else words_of(row.fact, row.says, names),
            *(row.file, row.line),
        )
        for row in said
    ]


def held_in(table: FactTable) -> str:
    """SQL for what stewards say in a table of the bodies of which something was kept."""
    pairs = ", ".join(f"'{column}', {column}" for column in table.columns)
    return HELD.format(name=table.name, owner=table.owner, slot=table.slot, pairs=pairs)


def first_day(says: object) -> str:
    """The first day of a fact; a fact without one comes first."""
    return str(says.get("valid_from") or "") if isinstance(says, dict) else ""


async def find_premises(session: AsyncSession) -> list[Found]:
    """The bodies whose register names another board than the one that their premises are in."""
    rows = (await session.execute(text(PREMISES))).all()
    names = await name_bodies(session, {board for row in rows for board in (row.ours, row.theirs)})
    return [
        Found(row.body_id, "board", names[row.ours], row.ours_from, f"premises in {there}", AREA_FILE)
        for row in rows
        if (there := names[row.theirs])
    ]


async def find_names(session: AsyncSession, said: Iterable[object]) -> dict[str, str]:
    """The names of the bodies that relations lead to, by their ids."""
    facts = (says for says in said if isinstance(says, dict))
    return await name_bodies(session, {str(says["to_id"]) for says in facts if "to_id" in says})


async def name_bodies(session: AsyncSession, ids: Collection[str]) -> dict[str, str]:
    """The names of bodies by their ids, as text."""
    found = await session.execute(text(NAMES), {"ids": list(ids)}) if ids else ()
    return {row.id: row.name for row in found}
