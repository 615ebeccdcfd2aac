"""Who sent a suggestion, told apart for 30 days, and sweeps that refuse many at once."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns."""
    op.add_column("suggestion", sa.Column("sender", sa.Text))
    op.add_column("suggestion", sa.Column("sweep_id", sa.Uuid))
    op.create_index("ix_suggestion_sender_state", "suggestion", ["sender", "state"])
    op.create_index("ix_suggestion_sweep_id", "suggestion", ["sweep_id"])


def downgrade() -> None:
    """Drop them."""
    op.drop_column("suggestion", "sweep_id")
    op.drop_column("suggestion", "sender")
