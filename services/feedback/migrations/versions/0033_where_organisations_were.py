"""Copies of organisations say in which footprints each was, and feedback by what it was placed."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add both, and take the present state anew when `doorway registry republish` tells it."""
    op.add_column("organisation_copy", sa.Column("memberships", JSONB, nullable=False, server_default="[]"))
    op.execute("UPDATE organisation_copy SET sequence = sequence - 1")
    op.add_column("feedback", sa.Column("placed_by", sa.Text))


def downgrade() -> None:
    """Drop them."""
    op.drop_column("feedback", "placed_by")
    op.drop_column("organisation_copy", "memberships")
