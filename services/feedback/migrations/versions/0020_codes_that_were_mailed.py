"""The code that each mail carried opens what it always did, also when the contributor has another address."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column."""
    op.add_column("sending", sa.Column("mailed_ref", sa.Text))
    op.create_index("ix_sending_mailed_ref", "sending", ["mailed_ref"])


def downgrade() -> None:
    """Drop it."""
    op.drop_column("sending", "mailed_ref")
