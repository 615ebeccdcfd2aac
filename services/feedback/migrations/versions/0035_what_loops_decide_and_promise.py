"""Copies of the decisions and promises in loops, for those whom they answer."""

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "loop_decision",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("sequence", sa.Integer, nullable=False),
        sa.Column("loop_id", sa.Uuid, nullable=False, index=True),
        sa.Column("answer", sa.Text),
        sa.Column("decided_on", sa.Date, nullable=False),
        sa.Column("revisit_on", sa.Date),
    )
    op.create_table(
        "loop_promise",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("sequence", sa.Integer, nullable=False),
        sa.Column("loop_id", sa.Uuid, nullable=False, index=True),
        sa.Column("latest", sa.Text, nullable=False),
        sa.Column("owner_organisation_id", sa.Uuid, nullable=False),
        sa.Column("due_on", sa.Date, nullable=False),
        sa.Column("original_due_on", sa.Date, nullable=False),
        sa.Column("slips", sa.Integer, nullable=False),
    )


def downgrade() -> None:
    """Drop them."""
    for table in ("loop_promise", "loop_decision"):
        op.drop_table(table)
