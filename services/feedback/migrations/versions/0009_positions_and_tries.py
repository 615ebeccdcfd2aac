"""How far each consumer got, how often an event was tried, and dead letters that somebody discarded."""

from shared.migrations import run_file

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables and columns."""
    run_file("plumbing_2.sql")


def downgrade() -> None:
    """Drop them."""
    run_file("plumbing_2_down.sql")
