"""A source knows the preset that it was made with."""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add its name; older sources were made without one."""
    op.add_column("source", sa.Column("preset", sa.Text))


def downgrade() -> None:
    """Drop it. The mapping that it brought stays."""
    op.drop_column("source", "preset")
