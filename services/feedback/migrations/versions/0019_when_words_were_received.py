"""When the words that stand were received, so that earlier ones never replace them."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

# Nobody kept when a revision was received: it came no later than it was stored.
LAST_REPLACED = """
    UPDATE feedback SET words_at = (SELECT max(replaced_at) FROM revision WHERE feedback_id = feedback.id)
    WHERE revision > 1
"""


def upgrade() -> None:
    """Add it; feedback without a revision has the moment when it was received."""
    for table in ("feedback", "revision"):
        op.add_column(table, sa.Column("words_at", sa.TIMESTAMP(timezone=True)))
    op.alter_column("revision", "replaced_at", nullable=True)
    op.execute(LAST_REPLACED)


def downgrade() -> None:
    """Drop it; words that never stood go back to the moment when they were received."""
    op.execute("UPDATE revision SET replaced_at = words_at WHERE replaced_at IS NULL")
    op.alter_column("revision", "replaced_at", nullable=False)
    for table in ("revision", "feedback"):
        op.drop_column(table, "words_at")
