"""Misroutes: how often a step of a rule led wrong."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table."""
    op.create_table(
        "misroute",
        sa.Column("rules_version", sa.Text, primary_key=True),
        sa.Column("rule", sa.Text, primary_key=True),
        sa.Column("went_to", sa.Text, primary_key=True),
        sa.Column("what_happened", sa.Text, primary_key=True),
        sa.Column("should_be", sa.Text, primary_key=True),
        sa.Column("count", sa.Integer, nullable=False),
        sa.Column("last_on", sa.Date, nullable=False),
    )


def downgrade() -> None:
    """Drop it."""
    op.drop_table("misroute")
