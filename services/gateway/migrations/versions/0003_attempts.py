"""A delivery counts its attempts: the columns take the word that the API uses."""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

NAMES = (
    ("webhook_delivery", "tries", "attempts"),
    ("webhook_delivery", "first_tried_at", "first_attempt_at"),
    ("webhook_delivery", "next_try_at", "next_attempt_at"),
    ("webhook_attempt", "tried_at", "attempted_at"),
)


def upgrade() -> None:
    """Rename the columns; indexes follow."""
    for table, old, new in NAMES:
        op.alter_column(table, old, new_column_name=new)


def downgrade() -> None:
    """Give the columns their old names."""
    for table, old, new in NAMES:
        op.alter_column(table, new, new_column_name=old)
