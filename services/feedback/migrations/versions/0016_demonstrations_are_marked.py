"""Feedback about invented organisations says that it is a demonstration."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

TABLES = ("feedback", "organisation_copy")


def upgrade() -> None:
    """Add the columns: `doorway registry republish` fills them for what came before."""
    for table in TABLES:
        column = sa.Column("demonstration", sa.Boolean, nullable=False, server_default=sa.false())
        op.add_column(table, column)


def downgrade() -> None:
    """Drop them."""
    for table in TABLES:
        op.drop_column(table, "demonstration")
