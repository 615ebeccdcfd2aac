"""What is due is found by endpoint, so that the backlog of one is not read to find another's."""

from alembic import op
from sqlalchemy import text

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

NAME, TABLE, PENDING = "ix_webhook_delivery_due", "webhook_delivery", text("state = 'pending'")


def upgrade() -> None:
    """Put the endpoint first."""
    op.drop_index(NAME, TABLE)
    op.create_index(NAME, TABLE, ["endpoint_id", "next_attempt_at"], postgresql_where=PENDING)


def downgrade() -> None:
    """Take it out again."""
    op.drop_index(NAME, TABLE)
    op.create_index(NAME, TABLE, ["next_attempt_at"], postgresql_where=PENDING)
