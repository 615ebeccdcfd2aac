"""Sources: who sends, what came in, how it is mapped, what waits."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB, TIMESTAMP

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

MOMENT = TIMESTAMP(timezone=True)
TABLES = (
    "source",
    "source_secret",
    "source_mapping",
    "source_received",
    "source_raw_body",
    "source_given",
    "source_quarantined",
    "source_refusal",
)


def upgrade() -> None:
    """Create the tables."""
    source_tables()
    received_tables()
    quarantine_tables()
    newest_first("source_received", "source_quarantined", "source_refusal")


def column(name, kind, *rest, null=False, **options):
    """Return a column, not null unless it is said."""
    return sa.Column(name, kind, *rest, nullable=null, **options)


def refers(table, name, **options):
    """Return a column that holds the id of a row of another table."""
    return column(name, sa.Uuid, sa.ForeignKey(f"{table}.id"), **options)


def unique(table, *names):
    """Return a constraint under the name that the models give it."""
    return sa.UniqueConstraint(*names, name="_".join(("uq", table, *names)))


def newest_first(*tables):
    """Index what a source's lists begin with."""
    for table in tables:
        op.create_index(f"ix_{table}_newest", table, ["source_id", sa.text("id DESC")])


def source_tables() -> None:
    """Create what is set up."""
    op.create_table(
        "source",
        column("id", sa.Uuid, primary_key=True),
        column("version", sa.Integer),
        column("organisation_id", sa.Uuid, index=True),
        column("name", sa.Text),
        column("state", sa.Text),
        column("scheme", sa.Text),
        column("hmac", JSONB, null=True),
        column("success_status", sa.Integer),
        column("controller", sa.Text, null=True),
        column("lawful_basis", sa.Text, null=True),
        column("article_9_condition", sa.Text, null=True),
        column("notice_version", sa.Text, null=True),
        column("retention_days", sa.Integer, null=True),
        column("created_at", MOMENT),
    )
    op.create_table(
        "source_secret",
        column("id", sa.Uuid, primary_key=True),
        refers("source", "source_id", index=True),
        column("sealed", sa.LargeBinary),
        column("ends_at", MOMENT, null=True),
    )
    op.create_table(
        "source_mapping",
        column("id", sa.Uuid, primary_key=True),
        refers("source", "source_id"),
        column("number", sa.Integer),
        column("rules", JSONB),
        column("samples", JSONB),
        column("created_at", MOMENT),
        unique("source_mapping", "source_id", "number"),
    )


def received_tables() -> None:
    """Create what comes in, and what it becomes."""
    op.create_table(
        "source_received",
        column("id", sa.Uuid, primary_key=True),
        column("version", sa.Integer),
        refers("source", "source_id"),
        column("message_id", sa.Text),
        column("body_digest", sa.LargeBinary),
        column("is_form", sa.Boolean),
        column("state", sa.Text),
        column("tries", sa.Integer),
        column("repeats", sa.Integer),
        column("received_at", MOMENT),
        column("next_try_at", MOMENT),
        column("mapped_at", MOMENT, null=True),
        column("raw_deleted_at", MOMENT, null=True),
        unique("source_received", "source_id", "message_id"),
    )
    for name, col, where in (
        ("due", "next_try_at", "state = 'received'"),
        ("mapped_at", "mapped_at", "raw_deleted_at IS NULL"),
    ):
        op.create_index(
            f"ix_source_received_{name}", "source_received", [col], postgresql_where=sa.text(where)
        )
    op.create_table(
        "source_raw_body",
        refers("source_received", "received_id", primary_key=True),
        column("sealed", sa.LargeBinary),
    )
    op.create_table(
        "source_given",
        refers("source_received", "received_id", primary_key=True),
        column("position", sa.Integer, primary_key=True, autoincrement=False),
        column("feedback_id", sa.Uuid, index=True),
    )


def quarantine_tables() -> None:
    """Create what waits, and what was refused."""
    op.create_table(
        "source_quarantined",
        column("id", sa.Uuid, primary_key=True),
        refers("source", "source_id"),
        refers("source_received", "received_id"),
        column("position", sa.Integer),
        column("error_class", sa.Text),
        column("field", sa.Text, null=True),
        column("mapping_number", sa.Integer, null=True),
        column("at", MOMENT),
        unique("source_quarantined", "received_id", "position"),
    )
    op.create_table(
        "source_refusal",
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
        refers("source", "source_id"),
        column("at", MOMENT),
        column("status", sa.Integer),
        column("code", sa.Text),
        column("detail", sa.Text),
        column("unrecorded_before", sa.Integer),
    )


def downgrade() -> None:
    """Drop the tables."""
    for table in reversed(TABLES):
        op.drop_table(table)
