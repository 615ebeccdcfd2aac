"""The bodies that the registry has when an import starts: files may refer to them, or mean them by a code."""

from collections.abc import Collection
from datetime import date
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.imports.facts import BodyFacts, Catalogue, Dated
from services.registry.imports.files import Origin

BY_HAND = "hand/"
FIND = """
    WITH said AS (
        SELECT body_id, 'names' AS fact, name AS value, valid_from, valid_to, '{}'::jsonb AS rest
            FROM body_name WHERE superseded_at IS NULL UNION ALL
        SELECT body_id, scheme, code, valid_from, valid_to, '{}' FROM body_code WHERE superseded_at IS NULL
        UNION ALL SELECT body_id, 'boundaries', edition, valid_from, valid_to,
            jsonb_build_object('region', region, 'residents', residents)
            FROM boundary WHERE superseded_at IS NULL),
    facts AS (
        SELECT body_id, jsonb_agg(jsonb_build_array(fact, value, valid_from, valid_to, rest)
            ORDER BY valid_from NULLS FIRST) AS facts FROM said GROUP BY body_id),
    elsewhere AS (
        SELECT r.from_id AS body_id, array_agg(there.key) AS members
        FROM relation r JOIN body there ON there.id = r.to_id
        WHERE r.kind = 'member_of' AND r.superseded_at IS NULL
            AND (r.file IS NULL OR r.file <> ALL(:files)) GROUP BY r.from_id)
    SELECT b.*, f.facts, e.members FROM body b
    LEFT JOIN facts f ON f.body_id = b.id LEFT JOIN elsewhere e ON e.body_id = b.id ORDER BY b.key"""


async def find_registered(session: AsyncSession, files: Collection[str]) -> dict[str, BodyFacts]:
    """All bodies of the registry by key, with what it says of them now; `files` are those of this import."""
    found = {}
    for row in await session.execute(text(FIND), {"files": list(files)}):
        body = BodyFacts(
            *(row.key, row.kind, row.source, Origin(row.file, 0), row.is_footprint, row.is_organisation),
            *(row.opened_on, row.closed_on, row.is_closing_day_known, row.services_ended_on),
            *(row.known_on, row.named_on, row.id),
            is_known=True,
            is_withdrawn=row.withdrawn_at is not None,
            is_invented=row.demonstration,
            member_elsewhere=frozenset(row.members or ()),
        )
        histories = {"names": body.names, "ods": body.ods, "ons": body.ons, "boundaries": body.boundaries}
        for fact, value, since, until, rest in row.facts or ():
            start, end = (date.fromisoformat(day) if day else None for day in (since, until))
            histories[fact].append(Dated(value, start, end, rest))
        found[row.key] = body
    return found


def identify_bodies(registered: dict[str, BodyFacts], catalogue: Catalogue) -> dict[str, UUID]:
    """Let the bodies of the files be those of the registry with the same key; returns all ids by key."""
    ids = {key: body.id for key, body in registered.items()}
    adopt_bodies(registered, catalogue)
    for key, body in catalogue.bodies.items():
        body.before = registered.get(key)
        body.id = ids[key] = body.before.id if body.before else body.id
    return ids


def adopt_bodies(registered: dict[str, BodyFacts], catalogue: Catalogue) -> None:
    """Let a body that is new in the files be the open one that a steward registered under its code."""
    by_code = {
        code: key
        for key, body in registered.items()
        if key.startswith(BY_HAND) and not (body.closed_on or body.is_invented or body.is_withdrawn)
        for code, held in codes_of(body).items()
        if held.valid_to is None
    }
    for key, body in list(catalogue.bodies.items()):
        wanted = (by_code.get(code) for code in codes_of(body)) if key not in registered else ()
        if found := next((each for each in wanted if each in registered), None):
            registered[key] = registered.pop(found)
            if there := catalogue.bodies.pop(found, None):
                body.claims += there.claims


def codes_of(body: BodyFacts) -> dict[tuple[str, str, str], Dated]:
    """The codes of a body by its kind, their scheme and value."""
    schemes = (("ods", body.ods), ("ons", body.ons))
    return {(body.kind, scheme, code.value): code for scheme, codes in schemes for code in codes}
