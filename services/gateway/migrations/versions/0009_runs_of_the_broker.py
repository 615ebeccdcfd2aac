"""A service remembers which run of the broker stored its events last."""

from shared.migrations import run_file

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add where that is kept."""
    run_file("plumbing_4.sql")


def downgrade() -> None:
    """Forget it."""
    run_file("plumbing_4_down.sql")
