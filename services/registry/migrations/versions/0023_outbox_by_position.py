"""The relay reads what is not published in the order of positions, however much was published."""

from shared.migrations import order_outbox_by_partition, order_outbox_by_position

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Put the index in the relay's order."""
    order_outbox_by_position()


def downgrade() -> None:
    """Put the partition first again."""
    order_outbox_by_partition()
