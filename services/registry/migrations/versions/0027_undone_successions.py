"""A succession that was applied by mistake says when it was undone."""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add it: none was undone."""
    op.add_column("succession", sa.Column("undone_at", sa.TIMESTAMP(timezone=True)))


def downgrade() -> None:
    """Drop those that were undone, and the column."""
    op.execute("DELETE FROM succession WHERE undone_at IS NOT NULL")
    op.drop_column("succession", "undone_at")
