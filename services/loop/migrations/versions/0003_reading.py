"""When feedback was received and when a person read it: what the clock of reading runs by."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import TIMESTAMP

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add both instants to the copies of feedback; what was copied before knows neither."""
    for name in ("received_at", "read_at"):
        op.add_column("feedback_copy", sa.Column(name, TIMESTAMP(timezone=True)))


def downgrade() -> None:
    """Drop them."""
    for name in ("read_at", "received_at"):
        op.drop_column("feedback_copy", name)
