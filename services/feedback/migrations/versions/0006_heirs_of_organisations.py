"""What became of organisations: their successors."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

TABLE = "organisation_copy"


def upgrade() -> None:
    """Add them to the copies, and take the present state anew when `doorway registry republish` tells it."""
    op.add_column(TABLE, sa.Column("successors", JSONB, nullable=False, server_default="[]"))
    op.alter_column(TABLE, "successors", server_default=None)
    op.execute("UPDATE organisation_copy SET sequence = sequence - 1")


def downgrade() -> None:
    """Drop them."""
    op.drop_column(TABLE, "successors")
