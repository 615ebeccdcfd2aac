"""Since when a source keeps feedback for a shorter time: who shortened it is named as who erased that."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add it; what was shortened before this is not known."""
    op.add_column("source", sa.Column("shortened_at", sa.TIMESTAMP(timezone=True)))


def downgrade() -> None:
    """Drop it."""
    op.drop_column("source", "shortened_at")
