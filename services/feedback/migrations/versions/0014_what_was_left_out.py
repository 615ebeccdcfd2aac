"""What could not be read of feedback, beside its words."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add it, empty: until now a value that could not be read held everything back."""
    op.add_column("feedback", sa.Column("left_out", JSONB, nullable=False, server_default="[]"))
    op.alter_column("feedback", "left_out", server_default=None)


def downgrade() -> None:
    """Drop it."""
    op.drop_column("feedback", "left_out")
