"""Counts are kept of what feedback adds to them; triggers mark what must be counted again."""

from collections.abc import Mapping

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, TIMESTAMP

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None

# What each table marks when rows of it are new, changed or gone: pieces of feedback.
MARKS = {
    "feedback": "SELECT id FROM changed",
    "loop_copy": "SELECT DISTINCT unnest(feedback_ids) FROM changed",
    "loop_moment": "SELECT DISTINCT unnest(feedback_ids) FROM loop_copy c JOIN changed ON loop_id = c.id",
}
EVERYTHING = "SELECT id FROM feedback UNION SELECT feedback_id FROM piece_counted"
OLD = "OLD TABLE AS changed"
ROWS = {"INSERT": "NEW TABLE AS changed", "UPDATE": "NEW TABLE AS changed", "DELETE": OLD}


def upgrade() -> None:
    """Add the counts, empty; mark all feedback, so that the worker counts it piece by piece."""
    make_tables()
    for table, marks in MARKS.items():
        make_triggers(table, f"count_{table}", marks, ROWS)
        make_triggers(table, f"count_all_of_{table}", EVERYTHING, {"TRUNCATE": None})
    # A loop can let go of feedback.
    make_triggers("loop_copy", "count_earlier_loop_copy", MARKS["loop_copy"], {"UPDATE": OLD})
    op.execute("INSERT INTO piece_to_count (changed_id) SELECT id FROM feedback ORDER BY id")


def make_tables() -> None:
    """Make the marks, what each piece adds, the sums, and what is public of them."""
    op.create_table(
        "piece_to_count",
        sa.Column("id", sa.BigInteger, sa.Identity(), primary_key=True),
        sa.Column("changed_id", sa.Uuid, nullable=False),
        sa.Column("marked_at", TIMESTAMP(timezone=True), nullable=False, server_default=sa.text("now()")),
    )
    op.create_table(
        "piece_counted",
        sa.Column("feedback_id", sa.Uuid, primary_key=True),
        sa.Column("month", sa.Date, nullable=False),
        sa.Column("bodies", ARRAY(sa.Uuid), nullable=False),
        sa.Column("cells", ARRAY(sa.Text), nullable=False),
    )
    for name in ("count_sum", "closed_count"):
        op.create_table(
            name,
            sa.Column("body_id", sa.Uuid, primary_key=True),
            sa.Column("month", sa.Date, primary_key=True),
            sa.Column("cell", sa.Text, primary_key=True),
            sa.Column("n", sa.Integer, nullable=False),
        )
    op.create_index("ix_count_sum_month", "count_sum", ["month"])
    op.create_table(
        "closed_month",
        sa.Column("month", sa.Date, primary_key=True),
        sa.Column("small", sa.Integer, nullable=False),
        sa.Column("step", sa.Integer, nullable=False),
        sa.Column("closed_at", TIMESTAMP(timezone=True), nullable=False),
    )


def make_triggers(table: str, name: str, marks: str, events: Mapping[str, str | None]) -> None:
    """Let a table mark by a function which pieces its changed rows are about."""
    op.execute(
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS "
        f"'BEGIN INSERT INTO piece_to_count (changed_id) {marks}; RETURN NULL; END'"
    )
    for happened, rows in events.items():
        referencing = f"REFERENCING {rows} " if rows else ""
        op.execute(
            f"CREATE TRIGGER {name}_{happened.lower()} AFTER {happened} ON {table} {referencing}"
            f"FOR EACH STATEMENT EXECUTE FUNCTION {name}()"
        )


def downgrade() -> None:
    """Drop them."""
    for table in MARKS:
        for name in (f"count_{table}", f"count_all_of_{table}"):
            op.execute(f"DROP FUNCTION {name}() CASCADE")
    op.execute("DROP FUNCTION count_earlier_loop_copy() CASCADE")
    for table in ("closed_month", "closed_count", "count_sum", "piece_counted", "piece_to_count"):
        op.drop_table(table)
