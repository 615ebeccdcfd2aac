"""How far each consumer got, how often an event was tried, and dead letters that somebody discarded."""

from shared.migrations import add_positions_and_tries, drop_positions_and_tries

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables and columns."""
    add_positions_and_tries()


def downgrade() -> None:
    """Drop them."""
    drop_positions_and_tries()
