"""Columns named as the API names them: an answer, what people will notice, and whether it happened."""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

RENAMED = (
    ("loop", "outcome", "answer"),
    ("decision", "outcome", "answer"),
    ("commitment", "outcome", "people_will_notice"),
    ("verdict", "happened", "did_it_happen"),
)


def upgrade() -> None:
    """Give the columns their new names."""
    for table, before, after in RENAMED:
        op.alter_column(table, before, new_column_name=after)


def downgrade() -> None:
    """Give them their old names back."""
    for table, before, after in RENAMED:
        op.alter_column(table, after, new_column_name=before)
