"""Who sent feedback, which tellings reached an own address, which verdicts are witnessed and changed."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

FLAGS = (("telling", "own_address"), ("verdict", "witnessed"))


def upgrade() -> None:
    """Add the columns; copies take the sender in when `doorway feedback republish` tells it."""
    op.add_column("feedback_copy", sa.Column("sender_id", sa.Uuid))
    op.execute("UPDATE feedback_copy SET sequence = sequence - 1")
    for table, name in FLAGS:
        op.add_column(table, sa.Column(name, sa.Boolean, nullable=False, server_default=sa.false()))
    op.add_column("verdict", sa.Column("changes", sa.Integer, nullable=False, server_default="0"))
    op.execute("UPDATE verdict SET changes = 1 WHERE changed_at IS NOT NULL")


def downgrade() -> None:
    """Drop them."""
    op.drop_column("verdict", "changes")
    for table, name in FLAGS:
        op.drop_column(table, name)
    op.drop_column("feedback_copy", "sender_id")
