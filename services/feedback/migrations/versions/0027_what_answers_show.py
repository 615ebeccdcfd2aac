"""A kept answer says what it shows, so that it can be erased with that."""

from shared.migrations import run_file

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add what an answer shows."""
    run_file("plumbing_5.sql")


def downgrade() -> None:
    """Forget it."""
    run_file("plumbing_5_down.sql")
