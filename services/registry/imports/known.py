"""The bodies that the registry has when an import starts: files may refer to them, or mean them by a code."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.imports.facts import BodyFacts, BoundaryFact, Catalogue, Dated
from services.registry.imports.files import Origin

BY_HAND = "hand/"
FIND = """
    WITH said AS (
        SELECT body_id, 'name' AS fact, name AS value, valid_from, valid_to, NULL AS region,
            NULL::integer AS residents FROM body_name WHERE superseded_at IS NULL UNION ALL
        SELECT body_id, scheme, code, valid_from, valid_to, NULL, NULL
            FROM body_code WHERE superseded_at IS NULL UNION ALL
        SELECT body_id, 'boundary', edition, valid_from, valid_to, region, residents
            FROM boundary WHERE superseded_at IS NULL),
    facts AS (
        SELECT body_id, jsonb_agg(jsonb_build_array(fact, value, valid_from, valid_to, region, residents)
            ORDER BY valid_from NULLS FIRST) AS facts FROM said GROUP BY body_id),
    elsewhere AS (
        SELECT r.from_id AS body_id, array_agg(there.key) AS members
        FROM relation r JOIN body there ON there.id = r.to_id
        WHERE r.kind = 'member_of' AND r.superseded_at IS NULL
            AND (r.file IS NULL OR r.file <> ALL(:files)) GROUP BY r.from_id)
    SELECT b.*, f.facts, e.members FROM body b
    LEFT JOIN facts f ON f.body_id = b.id LEFT JOIN elsewhere e ON e.body_id = b.id"""


@dataclass(slots=True)
class Registered:
    """What the registry has: its bodies by key, and those of them that it withdrew or invented."""

    bodies: dict[str, BodyFacts] = field(default_factory=dict)
    withdrawn: set[str] = field(default_factory=set)
    invented: set[str] = field(default_factory=set)

    @property
    def references(self) -> dict[str, BodyFacts]:
        """The bodies that files may refer to without saying anything else of them."""
        return {key: body for key, body in self.bodies.items() if key not in self.withdrawn}

    def adopt(self, catalogue: Catalogue) -> None:
        """Let a body that is new in the files be the open one that a steward registered under its code."""
        by_code = {
            (body.kind, scheme, code.value): key
            for key, body in self.references.items()
            if key.startswith(BY_HAND) and body.closed_on is None and key not in self.invented
            for scheme, codes in (("ods", body.ods), ("ons", body.ons))
            for code in codes
            if code.valid_to is None
        }
        for key, body in catalogue.bodies.items():
            if key in self.bodies or not by_code:
                continue
            codes = [("ods", each.value) for each in body.ods] + [("ons", each.value) for each in body.ons]
            wanted = ((body.kind, *code) for code in codes)
            found = next((by_code[each] for each in wanted if each in by_code), None)
            if found in self.bodies:
                self.bodies[key] = self.bodies.pop(found)


async def find_registered(session: AsyncSession, files: Collection[str]) -> Registered:
    """All bodies of the registry with what it says of them now; `files` are those of this import."""
    found = Registered()
    for row in await session.execute(text(FIND), {"files": list(files)}):
        body = BodyFacts(
            *(row.key, row.kind, row.source, Origin(row.file, 0), row.is_footprint, row.is_organisation),
            *(row.opened_on, row.closed_on, row.known_on, True, frozenset(row.members or ()), row.id),
        )
        for fact, value, since, until, region, residents in row.facts or ():
            days = [date.fromisoformat(day) if day else None for day in (since, until)]
            if fact == "boundary":
                start = days[0] or date.min
                body.boundaries.append(BoundaryFact(value, start, days[1], region, residents))
            else:
                history = {"name": body.names, "ods": body.ods, "ons": body.ons}[fact]
                history.append(Dated(value, *days))
        found.bodies[row.key] = body
        if row.demonstration:
            found.invented.add(row.key)
        if row.withdrawn_at:
            found.withdrawn.add(row.key)
    return found
