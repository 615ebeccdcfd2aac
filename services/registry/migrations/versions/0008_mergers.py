"""Mergers that were declared, until their day."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB, TIMESTAMP

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table."""
    op.create_table(
        "merger",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("effective_on", sa.Date, nullable=False),
        sa.Column("edition", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("opened", JSONB, nullable=False),
        sa.Column("links", JSONB, nullable=False),
        sa.Column("organisations", sa.Integer, nullable=False),
        sa.Column("written", JSONB, nullable=False),
        sa.Column("earlier", JSONB, nullable=False),
        sa.Column("declared_at", TIMESTAMP(timezone=True), nullable=False),
        sa.Column("withdrawn_at", TIMESTAMP(timezone=True)),
        sa.Column("told_at", TIMESTAMP(timezone=True)),
        sa.Column("act_id", sa.Uuid, nullable=False),
    )


def downgrade() -> None:
    """Drop it."""
    op.drop_table("merger")
