"""First tables: loops and the copies of what other services tell."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TIMESTAMP

from shared.migrations import run_file

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables."""
    run_file("plumbing.sql")
    create_loops()
    create_copies()


def create_loops() -> None:
    """Create loops and their links to feedback."""
    op.create_table(
        "loop",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("you_said", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("organisation_id", sa.Uuid),
        sa.Column("footprint_id", sa.Uuid),
        sa.Column("raised_by", sa.Text, nullable=False),
        sa.Column("raiser_id", sa.Uuid),
        sa.Column("client_id", sa.Uuid, nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("actor_role", sa.Text, nullable=False),
        sa.Column("drafted_at", TIMESTAMP(timezone=True), nullable=False),
    )
    op.create_index("ix_loop_organisation_id_id", "loop", ["organisation_id", "id"])
    op.create_index("ix_loop_footprint_id_id", "loop", ["footprint_id", "id"])
    op.create_index("ix_loop_raiser_id_id", "loop", ["raiser_id", "id"])
    op.create_table(
        "loop_feedback",
        sa.Column("loop_id", sa.Uuid, sa.ForeignKey("loop.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("feedback_id", sa.Uuid, primary_key=True),
        sa.Column("position", sa.Integer, nullable=False),
    )
    op.create_index("ix_loop_feedback_feedback_id", "loop_feedback", ["feedback_id"])


def create_copies() -> None:
    """Create the copies of feedback, footprints and organisations."""
    op.create_table(
        "feedback_copy",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("sequence", sa.Integer, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("organisations", ARRAY(sa.Uuid), nullable=False),
    )
    op.create_table(
        "footprint_copy",
        *copied_body(),
        sa.Column("valid_from", sa.Date, nullable=False),
        sa.Column("is_organisation", sa.Boolean, nullable=False),
        sa.Column("successors", JSONB, nullable=False),
    )
    op.create_table("organisation_copy", *copied_body(), sa.Column("footprint_id", sa.Uuid))
    for table in ("footprint_copy", "organisation_copy"):
        op.create_index(f"ix_{table}_ods", table, ["ods"])
        op.create_index(f"ix_{table}_ons", table, ["ons"])


def copied_body() -> list[sa.Column[object]]:
    """Return the columns that copies of footprints and organisations have in common."""
    return [
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("sequence", sa.Integer, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("ods", sa.Text),
        sa.Column("ons", sa.Text),
        sa.Column("valid_to", sa.Date),
    ]


def downgrade() -> None:
    """Drop the tables."""
    for table in ("organisation_copy", "footprint_copy", "feedback_copy", "loop_feedback", "loop"):
        op.drop_table(table)
    run_file("plumbing_down.sql")
