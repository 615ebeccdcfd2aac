"""What became of organisations: their successors, and since when these answer for them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

TABLE = "organisation_copy"


def upgrade() -> None:
    """Add both to the copies, and take the present state anew when `doorway registry republish` tells it."""
    op.add_column(TABLE, sa.Column("successors", JSONB, nullable=False, server_default="[]"))
    op.alter_column(TABLE, "successors", server_default=None)
    op.add_column(TABLE, sa.Column("succeeded_on", sa.Date))
    op.execute("UPDATE organisation_copy SET sequence = sequence - 1")


def downgrade() -> None:
    """Drop them."""
    for name in ("succeeded_on", "successors"):
        op.drop_column(TABLE, name)
