"""The day of the page that names a body."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; the next import fills it."""
    op.add_column("body", sa.Column("named_on", sa.Date))


def downgrade() -> None:
    """Remove it."""
    op.drop_column("body", "named_on")
