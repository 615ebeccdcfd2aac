"""Refusals of suggested themes."""

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table."""
    feedback = sa.ForeignKey("feedback.id", ondelete="CASCADE")
    op.create_table(
        "theme_refusal",
        sa.Column("feedback_id", sa.Uuid, feedback, primary_key=True),
        sa.Column("revision", sa.Integer, primary_key=True),
        sa.Column("code", sa.Text, primary_key=True),
        sa.Column("suggested_by", sa.Text, nullable=False),
        sa.Column("score", sa.Float, nullable=False),
        sa.Column("refused_by", sa.Text, nullable=False),
        sa.Column("refused_by_id", sa.Uuid),
        sa.Column("refused_at", sa.TIMESTAMP(timezone=True), nullable=False),
    )


def downgrade() -> None:
    """Drop it."""
    op.drop_table("theme_refusal")
