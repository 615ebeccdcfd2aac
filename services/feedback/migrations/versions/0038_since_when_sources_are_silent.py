"""A source knows since when it has been live, and since when it has been silent."""

import sqlalchemy as sa
from alembic import op

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None

TIME = sa.TIMESTAMP(timezone=True)


def upgrade() -> None:
    """Add them. Sources that are live count from now: nobody is told of a silence that is long over."""
    op.add_column("source", sa.Column("silent_after_hours", sa.Integer))
    op.add_column("source", sa.Column("live_since", TIME))
    op.add_column("source", sa.Column("silent_since", TIME))
    op.execute("UPDATE source SET live_since = now() WHERE state = 'live'")


def downgrade() -> None:
    """Drop them."""
    for name in ("silent_since", "live_since", "silent_after_hours"):
        op.drop_column("source", name)
