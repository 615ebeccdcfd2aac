"""Everything that people wrote in a loop is hidden after somebody took back what they said, until a look."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import TIMESTAMP

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

# Of loops at which nobody has looked since; where no clock runs, the body has a week from now.
HIDDEN = """
    UPDATE loop SET texts_hidden_at = taken.at,
        left_to_others_at = coalesce(left_to_others_at, now() + interval '7 days')
    FROM (SELECT loop_id, max(taken_back_at) AS at FROM loop_feedback GROUP BY loop_id) AS taken
    WHERE taken.loop_id = loop.id AND taken.at IS NOT NULL
    AND EXISTS (SELECT FROM history_text AS t WHERE t.loop_id = loop.id AND t.erased_at IS NULL
        AND t.field NOT IN ('loop.title', 'loop.you_said', 'loop.linked'))
    AND NOT EXISTS (SELECT FROM history_entry AS e WHERE e.loop_id = loop.id AND e.at > taken.at
        AND e.step IN ('opening', 'moderation', 'moderation_by_others', 'resumption', 'resumption_by_others'))
"""


def upgrade() -> None:
    """Add the column, and hide what nobody has looked at."""
    op.add_column("loop", sa.Column("texts_hidden_at", TIMESTAMP(timezone=True)))
    op.execute(HIDDEN)


def downgrade() -> None:
    """Drop it."""
    op.drop_column("loop", "texts_hidden_at")
