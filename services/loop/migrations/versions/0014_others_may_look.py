"""A loop says who halted it and from when others than its body may look at its hidden words."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import TIMESTAMP

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

COUNTED = """
    UPDATE loop SET halts = found.halts
    FROM (SELECT loop_id, count(*) AS halts FROM history_entry WHERE step = 'halt' GROUP BY loop_id) AS found
    WHERE found.loop_id = loop.id
"""
HIDDEN = """
    UPDATE loop SET left_to_others_at = clock.due_at FROM clock
    WHERE clock.loop_id = loop.id AND clock.kind = 'look' AND clock.met_at IS NULL
    AND loop.moderated_at IS NULL
"""
OPENED_BY_RULE = """
    UPDATE loop SET left_to_others_at = opened_at
    WHERE state <> 'draft' AND moderated_at IS NULL AND left_to_others_at IS NULL
"""


def upgrade() -> None:
    """Add the columns, and fill those that the history and the clocks know."""
    op.add_column("loop", sa.Column("halted_by", sa.Text))
    op.add_column("loop", sa.Column("halts", sa.Integer, nullable=False, server_default="0"))
    op.add_column("loop", sa.Column("left_to_others_at", TIMESTAMP(timezone=True)))
    for fill in (COUNTED, HIDDEN, OPENED_BY_RULE):
        op.execute(fill)


def downgrade() -> None:
    """Drop them."""
    for column in ("left_to_others_at", "halts", "halted_by"):
        op.drop_column("loop", column)
