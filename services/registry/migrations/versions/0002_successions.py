"""Successions: from when on a body's matters are its successors'."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import TIMESTAMP

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table."""
    op.create_table(
        "succession",
        sa.Column("predecessor_id", sa.Uuid, sa.ForeignKey("body.id"), primary_key=True),
        sa.Column("effective_on", sa.Date, nullable=False),
        sa.Column("applied_at", TIMESTAMP(timezone=True), nullable=False),
        sa.Column("client_id", sa.Uuid, nullable=False),
    )


def downgrade() -> None:
    """Drop it."""
    op.drop_table("succession")
