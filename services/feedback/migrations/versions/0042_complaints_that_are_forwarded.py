"""To whom complaints were forwarded, and what their people agreed to."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0042"
down_revision = "0041"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column."""
    op.add_column("feedback", sa.Column("forwarding", JSONB))


def downgrade() -> None:
    """Drop it."""
    op.drop_column("feedback", "forwarding")
