"""The relay reads what is not published in the order of positions, however much was published."""

from shared.migrations import run_file

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Put the index in the relay's order."""
    run_file("plumbing_3.sql")


def downgrade() -> None:
    """Put the partition first again."""
    run_file("plumbing_3_down.sql")
