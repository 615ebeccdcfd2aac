"""Sums are kept of what loops add to figures; triggers mark what must be counted again."""

from collections.abc import Mapping

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB, TIMESTAMP

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

# What each table marks when rows of it are new or changed, or are gone: loops, or feedback in loops.
OF_LOOP = "SELECT DISTINCT loop_id FROM changed"
MARKS = {
    "loop": "SELECT id FROM changed",
    "loop_feedback": "SELECT loop_id FROM changed UNION SELECT feedback_id FROM changed",
    **dict.fromkeys(("clock", "commitment", "telling", "verdict"), OF_LOOP),
}
EVERYTHING = "SELECT id FROM loop UNION SELECT loop_id FROM loop_counted"
ROWS = {
    "INSERT": "NEW TABLE AS changed",
    "UPDATE": "NEW TABLE AS changed",
    "DELETE": "OLD TABLE AS changed",
}
INDEXES: dict[str, list[str]] = {
    "ix_loop_last_entry_at": [],
    "ix_loop_organisation_id_last_entry_at": ["organisation_id"],
    "ix_loop_footprint_id_last_entry_at": ["footprint_id"],
}


def upgrade() -> None:
    """Add the sums, empty; mark all loops, so that the worker counts them piece by piece."""
    op.add_column("loop", sa.Column("last_entry_at", TIMESTAMP(timezone=True)))
    op.execute(
        "UPDATE loop SET last_entry_at = (SELECT at FROM history_entry WHERE loop_id = loop.id "
        "AND position = loop.history_length)"
    )
    for name, columns in INDEXES.items():
        is_public = sa.text("state != 'draft'")
        op.create_index(name, "loop", [*columns, "last_entry_at", "id"], postgresql_where=is_public)
    make_tables()
    for table, marks in MARKS.items():
        make_triggers(table, f"mark_{table}", marks, ROWS)
        make_triggers(table, f"mark_all_of_{table}", EVERYTHING, {"TRUNCATE": None})
    op.execute("INSERT INTO loop_to_count (changed_id) SELECT id FROM loop ORDER BY id")


def make_tables() -> None:
    """Make the marks, what each loop added, and the sums."""
    op.create_table(
        "loop_to_count",
        sa.Column("id", sa.BigInteger, sa.Identity(), primary_key=True),
        sa.Column("changed_id", sa.Uuid, nullable=False),
        sa.Column("marked_at", TIMESTAMP(timezone=True), nullable=False, server_default=sa.text("now()")),
    )
    op.create_table(
        "loop_counted",
        sa.Column("loop_id", sa.Uuid, primary_key=True),
        sa.Column("whose", sa.Text, nullable=False),
        sa.Column("opened_on", sa.Date),
        sa.Column("closed_in", sa.Date),
        sa.Column("counted_until", TIMESTAMP(timezone=True)),
        sa.Column("cells", JSONB, nullable=False),
    )
    for columns in (["whose", "closed_in"], ["opened_on"], ["counted_until"]):
        op.create_index(f"ix_loop_counted_{'_'.join(columns)}", "loop_counted", columns)
    op.create_table(
        "loop_sum",
        sa.Column("whose", sa.Text, primary_key=True),
        sa.Column("counted", sa.Text, primary_key=True),
        sa.Column("since", sa.Date, primary_key=True),
        sa.Column("cells", JSONB, nullable=False),
    )


def make_triggers(table: str, name: str, marks: str, events: Mapping[str, str | None]) -> None:
    """Let a table mark by a function what its changed rows are about."""
    op.execute(
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS "
        f"'BEGIN INSERT INTO loop_to_count (changed_id) {marks}; RETURN NULL; END'"
    )
    for happened, rows in events.items():
        referencing = f"REFERENCING {rows} " if rows else ""
        op.execute(
            f"CREATE TRIGGER {name}_{happened.lower()} AFTER {happened} ON {table} {referencing}"
            f"FOR EACH STATEMENT EXECUTE FUNCTION {name}()"
        )


def downgrade() -> None:
    """Drop the marks, the sums and the column."""
    for table in MARKS:
        for name in (f"mark_{table}", f"mark_all_of_{table}"):
            op.execute(f"DROP FUNCTION {name}() CASCADE")
    for table in ("loop_sum", "loop_counted", "loop_to_count"):
        op.drop_table(table)
    for name in INDEXES:
        op.drop_index(name, "loop")
    op.drop_column("loop", "last_entry_at")
