"""What left a draft stays known: the loop's words may still tell of who said it."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import TIMESTAMP

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

# Histories hold what a draft linked at first, and what of it was left.
LEFT = """
    INSERT INTO loop_left (loop_id, feedback_id, left_at)
    SELECT t.loop_id, linked.id::uuid, max(e.at)
    FROM history_text AS t
    CROSS JOIN LATERAL unnest(string_to_array(t.text, ' ')) AS linked (id)
    JOIN history_entry AS e ON e.loop_id = t.loop_id AND e.step = 'agreement'
    WHERE t.field = 'loop.linked' AND t.text <> '' AND NOT EXISTS (
        SELECT FROM loop_feedback AS l WHERE l.loop_id = t.loop_id AND l.feedback_id = linked.id::uuid
    )
    GROUP BY t.loop_id, linked.id
"""


def upgrade() -> None:
    """Create the table, and fill it from the histories."""
    op.create_table(
        "loop_left",
        sa.Column("loop_id", sa.Uuid, sa.ForeignKey("loop.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("feedback_id", sa.Uuid, primary_key=True),
        sa.Column("left_at", TIMESTAMP(timezone=True), nullable=False),
        sa.Column("taken_back_at", TIMESTAMP(timezone=True)),
        sa.Column("complaint_at", TIMESTAMP(timezone=True)),
    )
    op.create_index("ix_loop_left_feedback_id", "loop_left", ["feedback_id"])
    op.execute(LEFT)


def downgrade() -> None:
    """Drop it."""
    op.drop_table("loop_left")
