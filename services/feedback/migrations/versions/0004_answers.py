"""A decision has an answer, not an outcome."""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

TABLES = ("loop_copy", "sending")


def upgrade() -> None:
    """Rename the columns."""
    for table in TABLES:
        op.alter_column(table, "outcome", new_column_name="answer")


def downgrade() -> None:
    """Rename them back."""
    for table in TABLES:
        op.alter_column(table, "answer", new_column_name="outcome")
