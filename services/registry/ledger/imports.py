"""What an import records, in sets: the only place besides the ledger's acts that sets provenance.

The import has left what it found in temporary tables: `said_anew` and `no_longer_said` (facts of all tables,
their columns as JSON in `says`), `known` and `claim` (to name the file of what is said again), and
`contact_change`. The bodies concerned are new, or locked.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.models import Contact
from shared.clock import now

# What an import no longer says is no longer compared with what its files say.
WITHDRAW = """
    UPDATE {name} f SET superseded_at = :at, file = NULL
    FROM no_longer_said n WHERE n.fact = '{name}' AND n.id = f.id::text"""
# What was imported before files were told apart is from the file that says it again.
NAME_FILES = """
    UPDATE {name} f SET file = c.file FROM known k JOIN claim c USING (body_id, fact, same)
    WHERE k.fact = '{name}' AND k.id = f.id::text AND k.said_by = 'import' AND k.file = :unknown"""
SAY = """
    INSERT INTO {name} ({owner}, recorded_at, imported, file, {columns})
    SELECT c.body_id, :at, true, c.file, {values}
    FROM said_anew c, jsonb_populate_record(NULL::{name}, c.says) r WHERE c.fact = '{name}'"""
KEEP_EARLIER_CONTACTS = """
    INSERT INTO contact (id, earlier_form_of, superseded_at, file, {columns})
    SELECT gen_random_uuid(), id, :at, NULL, {columns} FROM contact
    WHERE id IN (SELECT id FROM contact_change)"""
RESTATE_CONTACTS = """
    UPDATE contact d SET known_on = c.known_on, source = c.source, ended_on = c.ended_on, recorded_at = :at
    FROM contact_change c WHERE c.id = d.id"""
NOT_COPIED = {"id", "earlier_form_of", "superseded_at", "file"}


@dataclass(frozen=True, slots=True)
class ImportedTable:
    """A table of facts as an import fills it."""

    name: str
    columns: tuple[str, ...]
    owner: str = "body_id"
    # Columns that no file fills, by their SQL.
    beside: Mapping[str, str] = field(default_factory=dict)


async def record_import(
    session: AsyncSession, tables: Iterable[ImportedTable], unknown: str, *, is_new_only: bool
) -> None:
    """Say what is new, withdraw what is said no longer, and keep the earlier form of contacts seen again.

    `unknown` is the file of what was imported before files were told apart; with `is_new_only`, only new
    bodies are concerned.
    """
    earlier = ", ".join(each.name for each in Contact.__table__.columns if each.name not in NOT_COPIED)
    statements = [] if is_new_only else [KEEP_EARLIER_CONTACTS.format(columns=earlier), RESTATE_CONTACTS]
    for table in tables:
        values = {name: f"r.{name}" for name in table.columns} | dict(table.beside)
        words = {"name": table.name, "owner": table.owner, "columns": ", ".join(values)}
        statements += [] if is_new_only else [WITHDRAW.format(**words), NAME_FILES.format(**words)]
        statements.append(SAY.format(**words, values=", ".join(values.values())))
    parameters = {"at": now(), "unknown": unknown}
    for statement in statements:
        await session.execute(text(statement), parameters)
