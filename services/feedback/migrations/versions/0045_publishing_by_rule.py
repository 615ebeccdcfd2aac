"""Rules by which bodies publish, and which of them published a piece."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision = "0045"
down_revision = "0044"
branch_labels = None
depends_on = None

TIME = sa.TIMESTAMP(timezone=True)


def upgrade() -> None:
    """Create the table, and add the column."""
    op.create_table(
        "publishing_rule",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("organisation_id", sa.Uuid, nullable=False, index=True),
        sa.Column("kinds", ARRAY(sa.Text), nullable=False),
        sa.Column("source_id", sa.Uuid),
        sa.Column("only_scores", sa.Boolean, nullable=False),
        sa.Column("made_at", TIME, nullable=False),
        sa.Column("made_by", sa.Text, nullable=False),
        sa.Column("ended_at", TIME),
        sa.Column("ended_by", sa.Text),
    )
    op.add_column("feedback", sa.Column("published_by_rule", sa.Uuid))


def downgrade() -> None:
    """Drop them."""
    op.drop_column("feedback", "published_by_rule")
    op.drop_table("publishing_rule")
