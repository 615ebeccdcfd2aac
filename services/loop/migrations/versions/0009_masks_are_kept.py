"""What is shown of people's words is kept beside what they wrote; the worker masks the words of before."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns: version 0 of the rules says that `mask-again` must mask a text."""
    op.add_column("history_text", sa.Column("shown", sa.Text))
    for table in ("history_text", "verdict"):
        op.add_column(table, sa.Column("masked_with", sa.Integer, nullable=False, server_default="0"))
    op.create_index("ix_history_text_masked_with", "history_text", ["masked_with"])


def downgrade() -> None:
    """Drop them."""
    op.drop_index("ix_history_text_masked_with", "history_text")
    for table in ("history_text", "verdict"):
        op.drop_column(table, "masked_with")
    op.drop_column("history_text", "shown")
