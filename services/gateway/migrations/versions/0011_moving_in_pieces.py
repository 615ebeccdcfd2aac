"""An endpoint says how far what waits for it has been moved."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add it: nothing is being moved."""
    op.add_column("webhook_endpoint", sa.Column("unsent_after", sa.Uuid))


def downgrade() -> None:
    """Drop it."""
    op.drop_column("webhook_endpoint", "unsent_after")
