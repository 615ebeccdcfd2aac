"""A loop says whether its words are those of who raised it; for earlier ones the history knows."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

# Of what a body did not raise itself; until now nobody could show a cut as one.
CHANGED = """
    UPDATE loop SET wording = 'changed_by_the_body', you_said_agreed = 'not_asked'
    FROM history_text AS first
    WHERE first.loop_id = loop.id AND first.position = 1 AND first.erased_at IS NULL
    AND (first.field = 'loop.title' AND coalesce(first.shown, first.text) <> loop.title
        OR first.field = 'loop.you_said' AND coalesce(first.shown, first.text) <> loop.you_said)
    AND NOT (loop.raised_by = 'body' AND coalesce(
        loop.raiser_id IN (loop.organisation_id, loop.footprint_id, loop.inherited_from), false))
"""


def upgrade() -> None:
    """Add the column, and fill it."""
    column = sa.Column("wording", sa.Text, nullable=False, server_default="as_raised")
    op.add_column("loop", column)
    op.execute(CHANGED)


def downgrade() -> None:
    """Drop it."""
    op.drop_column("loop", "wording")
