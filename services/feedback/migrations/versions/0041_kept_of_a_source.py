"""An index by which the bytes that are kept of a source are found."""

import sqlalchemy as sa
from alembic import op

revision = "0041"
down_revision = "0040"
branch_labels = None
depends_on = None

NAME, TABLE = "ix_source_received_kept", "source_received"


def upgrade() -> None:
    """Make the index."""
    stored = sa.text("raw_deleted_at IS NULL")
    op.create_index(NAME, TABLE, ["source_id", "mapped_at"], postgresql_where=stored)


def downgrade() -> None:
    """Drop it."""
    op.drop_index(NAME, TABLE)
