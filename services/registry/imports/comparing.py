"""What the files say, compared as sets with what the registry says: what is new, changed and gone.

What is said again stays as it is. A steward's word is never overwritten: a file that differs is listed.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from uuid import UUID

from sqlalchemy import CursorResult, text
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.contacts.queries import FORGOTTEN
from services.registry.imports.facts import BodyFacts
from services.registry.imports.files import Origin
from services.registry.imports.history import follow_registers
from services.registry.imports.sets import TextRow
from services.registry.imports.staging import BY_NAME, TABLES, UNKNOWN, BodyRead, stage_claims
from services.registry.imports.summary import Changed, Kept

CREATE = (
    "DROP TABLE IF EXISTS kept, said_anew, no_longer_said, contact_change, day_change",
    """CREATE TEMP TABLE kept (body_id uuid, fact text, slot text, says jsonb, file text, line integer,
        since timestamptz) ON COMMIT DROP""",
)
# Where a steward wrote, the steward's last word holds; a file that says otherwise is listed once.
HOLD_TO_STEWARDS = """
    WITH steward AS (
        SELECT DISTINCT ON (body_id, fact, place) body_id, fact, place, judged, since FROM known
        WHERE said_by = 'steward' ORDER BY body_id, fact, place, says->>'valid_from' DESC NULLS LAST),
    dropped AS (
        UPDATE claim c SET is_dropped = true FROM steward s
        WHERE (c.body_id, c.fact, c.place) = (s.body_id, s.fact, s.place)
        RETURNING c.*, s.since, c.judged <> s.judged AS differs),
    last AS (SELECT DISTINCT ON (body_id, fact, place) * FROM dropped ORDER BY body_id, fact, place, n DESC),
    held AS (
        DELETE FROM known k USING steward s WHERE k.said_by = 'import' AND k.fact <> 'contact'
            AND (k.body_id, k.fact, k.place) = (s.body_id, s.fact, s.place))
    INSERT INTO kept SELECT body_id, fact, slot, says, file, line, since FROM last WHERE differs"""
# What a steward corrected or withdrew no file says again. A contact that was forgotten led to one person.
HOLD_TO_CORRECTIONS = """
    WITH dropped AS (
        UPDATE claim c SET is_dropped = true FROM known k
        WHERE k.said_by = 'corrected' AND NOT c.is_dropped
            AND (k.body_id, k.fact, k.slot) = (c.body_id, c.fact, c.slot)
            AND (c.main IN (k.main, k.says, k.says->'to_id') OR c.fact = 'contact'
                AND k.says->>'value' = :forgotten AND k.says->'purpose' = c.says->'purpose')
            AND NOT (c.fact = 'contact' AND EXISTS (SELECT FROM known said WHERE said.said_by = 'import'
                AND (said.body_id, said.fact, said.same) = (c.body_id, c.fact, c.same)))
        RETURNING c.*, k.since)
    INSERT INTO kept SELECT body_id, fact, slot, says, file, line, since FROM dropped"""
DIFFER = (
    "DROP TABLE IF EXISTS said_anew, no_longer_said",
    """CREATE TEMP TABLE said_anew ON COMMIT DROP AS
        SELECT * FROM claim c WHERE NOT is_dropped AND NOT EXISTS (SELECT FROM known k
            WHERE k.said_by = 'import' AND (k.body_id, k.fact, k.same) = (c.body_id, c.fact, c.same))""",
    # A register that leaves something blank says nothing of it.
    """CREATE TEMP TABLE no_longer_said ON COMMIT DROP AS
        SELECT k.* FROM known k JOIN body_read r ON r.id = k.body_id
        WHERE k.said_by = 'import' AND k.fact <> 'contact'
            AND (k.file <> :unknown OR :is_whole AND NOT r.is_older OR k.fact = ANY(:own))
            AND NOT EXISTS (SELECT FROM claim c WHERE NOT c.is_dropped
                AND (c.body_id, c.fact, c.same) = (k.body_id, k.fact, k.same))
            AND (NOT k.is_observed OR EXISTS (SELECT FROM claim c WHERE NOT c.is_dropped
                AND (c.body_id, c.fact, c.slot, c.family) = (k.body_id, k.fact, k.slot, k.family)))""",
)
# A contact that is published again is seen on a later day, also after it had ended.
SEE_CONTACTS_AGAIN = """
    CREATE TEMP TABLE contact_change ON COMMIT DROP AS
    SELECT DISTINCT ON (d.id) d.id, k.body_id, k.says, (c.says->>'known_on')::date AS known_on,
        c.says->>'source' AS source, NULL::date AS ended_on, d.ended_on IS NOT NULL AS is_public
    FROM known k JOIN claim c USING (body_id, fact, same) JOIN contact d ON d.id = k.id::uuid
    WHERE k.said_by = 'import' AND fact = 'contact' AND CASE WHEN d.ended_on IS NULL
        THEN (c.says->>'known_on')::date > d.known_on
            OR (c.says->>'known_on')::date = d.known_on AND c.says->>'source' <> d.source
        ELSE (c.says->>'known_on')::date > d.ended_on END
    ORDER BY d.id, known_on DESC"""
# One that is no longer published ended when others were; without others, the file has put itself right.
LET_CONTACTS_GO = """
    WITH latest AS (
        SELECT body_id, slot, says->'purpose' AS purpose, max((says->>'known_on')::date) AS day
        FROM claim WHERE fact = 'contact' GROUP BY 1, 2, 3),
    left_out AS (
        SELECT k.*, d.known_on, d.source, l.day
        FROM known k JOIN contact d ON d.id = k.id::uuid JOIN body_read r ON r.id = k.body_id
        LEFT JOIN latest l ON (l.body_id, l.slot, l.purpose) = (k.body_id, k.slot, k.says->'purpose')
        WHERE k.said_by = 'import' AND k.fact = 'contact' AND d.ended_on IS NULL
            AND (k.file <> :unknown OR :is_whole AND NOT r.is_older)
            AND CASE WHEN l.day IS NULL THEN NOT k.is_observed ELSE l.day >= d.known_on END
            AND NOT EXISTS (SELECT FROM claim c
                WHERE (c.body_id, c.fact, c.same) = (k.body_id, k.fact, k.same))),
    ended AS (
        INSERT INTO contact_change SELECT id::uuid, body_id, says, known_on, source, day - 1, true
        FROM left_out WHERE day > known_on)
    INSERT INTO no_longer_said (id, body_id, fact, slot, says)
        SELECT id, body_id, fact, slot, says FROM left_out WHERE day IS NULL OR day = known_on"""
# The days of a body, unless a steward set them; one that was withdrawn is one again when a file knows it.
CHANGE_DAYS = """
    CREATE TEMP TABLE day_change ON COMMIT DROP AS
    SELECT r.id AS body_id, d.*, d.slot <> 'withdrawn' AND (b.dated_by_hand
        OR b.file = '' AND (b.opened_on IS NOT NULL OR b.closed_on IS NOT NULL)) AS is_kept
    FROM body_read r JOIN body b USING (id), LATERAL (VALUES
        ('opened on', b.opened_on, r.opened_on), ('closed on', b.closed_on, r.closed_on),
        ('withdrawn', b.withdrawn_at::date, NULL)) d (slot, before, after)
    WHERE r.is_told AND d.before IS DISTINCT FROM d.after
        AND (b.file <> '' OR d.after IS NOT NULL OR d.slot = 'withdrawn')"""
LIST_KEPT = """
    SELECT body_id, fact, slot, says, file, line, since FROM kept UNION ALL
    SELECT body_id, NULL, slot, to_jsonb(coalesce(after::text, 'not known')), NULL, NULL, NULL FROM day_change
    WHERE is_kept ORDER BY file, line"""
LIST_CHANGED = """
    SELECT body_id, fact, slot, jsonb_agg(says) FILTER (WHERE is_gone) AS before,
        jsonb_agg(says) FILTER (WHERE NOT is_gone) AS after FROM (
            SELECT body_id, fact, slot, says, true AS is_gone FROM no_longer_said UNION ALL
            SELECT body_id, fact, slot, says, false FROM said_anew JOIN body_read r ON r.id = body_id
            WHERE NOT r.is_new) differing
        GROUP BY body_id, fact, slot, CASE fact WHEN 'contact' THEN says END
    UNION ALL SELECT body_id, 'contact', says->>'channel',
        CASE WHEN ended_on IS NOT NULL THEN jsonb_build_array(says) END,
        jsonb_build_array(coalesce('ended on ' || ended_on, says->>'value' || ', in use again'))
        FROM contact_change WHERE is_public
    UNION ALL SELECT body_id, NULL, slot, jsonb_build_array(before), jsonb_build_array(after)
        FROM day_change WHERE NOT is_kept"""
# The bodies to be written, and whether the public sees anything of it.
LIST_WRITTEN = """
    SELECT body_id, bool_or(is_public) AS is_public FROM (
        SELECT body_id, true AS is_public FROM said_anew UNION ALL
        SELECT body_id, true FROM no_longer_said UNION ALL
        SELECT body_id, true FROM day_change WHERE NOT is_kept UNION ALL
        SELECT body_id, is_public FROM contact_change UNION ALL
        SELECT k.body_id, false FROM known k JOIN claim c USING (body_id, fact, same)
            WHERE k.said_by = 'import' AND k.file = :unknown UNION ALL
        SELECT r.id, false FROM body_read r JOIN body b USING (id)
            WHERE r.is_told AND ((r.key, r.file) <> (b.key, b.file)
                OR r.is_newer AND r.known_on IS DISTINCT FROM b.known_on)) written
    JOIN body_read r ON r.id = body_id WHERE NOT r.is_new GROUP BY body_id"""


@dataclass(frozen=True)
class Setting:
    """What an import as a whole is about: its files, and the ids of all bodies by their keys."""

    files: Collection[str]
    is_whole: bool
    ids: Mapping[str, UUID]

    @cached_property
    def keys(self) -> dict[str, str]:
        """The key of each body by its id."""
        return {str(body_id): key for key, body_id in self.ids.items()}

    async def run(self, session: AsyncSession, statement: str) -> Sequence[TextRow]:
        """Run a statement for these files, and return its rows."""
        parameters = {
            "files": list(self.files),
            "is_whole": self.is_whole,
            "unknown": UNKNOWN,
            "forgotten": FORGOTTEN,
            "own": [table.name for table in TABLES if table.is_own],
        }
        done = await session.execute(text(statement), parameters)
        return done.all() if isinstance(done, CursorResult) and done.returns_rows else ()


@dataclass(slots=True)
class Comparison:
    """What an import is to write, by body: what it lists, and whether the public sees anything of it."""

    kept: list[tuple[UUID, Kept]] = field(default_factory=list)
    changed: list[Changed] = field(default_factory=list)
    written: dict[UUID, bool] = field(default_factory=dict)

    def replaced_by(self, again: "Comparison") -> "Comparison":
        """The same, with what was found of a few bodies when they were compared again."""
        kept = [each for each in self.kept if each[0] not in self.written]
        return Comparison([*kept, *again.kept], again.changed, again.written)


async def compare_claims(session: AsyncSession, reads: Sequence[BodyRead], setting: Setting) -> Comparison:
    """Stage what is said of bodies, and find what differs: the temporary tables hold it then."""
    await stage_claims(session, reads, setting.ids, setting.files)
    for statement in (*CREATE, HOLD_TO_STEWARDS, HOLD_TO_CORRECTIONS, *DIFFER):
        await setting.run(session, statement)
    if await follow_registers(session):
        for statement in DIFFER:
            await setting.run(session, statement)
    for statement in (SEE_CONTACTS_AGAIN, LET_CONTACTS_GO, CHANGE_DAYS):
        await setting.run(session, statement)
    bodies = {read.id: read.body for read in reads}
    places = {body_id: place for place, body_id in enumerate(bodies)}
    kept, changed, written = [
        await setting.run(session, statement) for statement in (LIST_KEPT, LIST_CHANGED, LIST_WRITTEN)
    ]
    return Comparison(
        [(row.body_id, kept_of(row, bodies[row.body_id], setting.keys)) for row in kept],
        [
            changed_of(row, bodies[row.body_id], setting.keys)
            for row in sorted(changed, key=lambda row: places[row.body_id])
        ],
        {row.body_id: row.is_public for row in written},
    )


def kept_of(row: TextRow, body: BodyFacts, keys: Mapping[str, str]) -> Kept:
    """What a file says and a steward has corrected."""
    at = Origin(row.file, row.line) if row.file else body.at
    reason = "corrected by a steward" + (f" on {row.since.date()}" if row.since else "")
    return Kept(body.title, row.slot, words_of(row.fact, row.says, keys), *at, reason)


def changed_of(row: TextRow, body: BodyFacts, keys: Mapping[str, str]) -> Changed:
    """What changes of a body, before and after."""
    before, after = (
        "; ".join(words_of(row.fact, each, keys) for each in says or [] if each is not None)
        for says in (row.before, row.after)
    )
    return Changed(body.title, row.slot, before, after)


def words_of(fact: str | None, says: object, keys: Mapping[str, str]) -> str:
    """A fact in words, with the days between which it holds where it has some."""
    if fact is None or not isinstance(says, dict):
        return str(says)
    found = (says[name] for name in BY_NAME[fact].words if says[name] is not None)
    words = ", ".join(keys.get(str(each), str(each)) for each in found)
    since, until = says.get("valid_from"), says.get("valid_to")
    return words + (f" from {since}" if since else "") + (f" to {until}" if until else "")
