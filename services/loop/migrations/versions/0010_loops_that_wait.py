"""A loop waits for a person where feedback in it became a complaint or was taken back."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import TIMESTAMP

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

MOMENTS = (("loop", "halted_at"), ("loop_feedback", "set_aside_at"), ("loop_feedback", "taken_back_at"))


def upgrade() -> None:
    """Add the columns: `doorway feedback republish` makes up for what happened before."""
    for table, column in MOMENTS:
        op.add_column(table, sa.Column(column, TIMESTAMP(timezone=True)))
    op.add_column("loop", sa.Column("resumed_because", sa.Text))


def downgrade() -> None:
    """Drop them."""
    op.drop_column("loop", "resumed_because")
    for table, column in MOMENTS:
        op.drop_column(table, column)
