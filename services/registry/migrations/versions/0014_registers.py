"""The registers that the registry was filled from, with their days: the next import fills the table."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "register",
        sa.Column("file", sa.Text, primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("publisher", sa.Text, nullable=False),
        sa.Column("covers", sa.Text, nullable=False),
        sa.Column("covers_from", sa.Date),
        sa.Column("as_of", sa.Date),
        sa.Column("licence", sa.Text, nullable=False),
        sa.Column("address", sa.Text),
        sa.Column("next_update", sa.Date),
        sa.Column("rows", sa.Integer, nullable=False),
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("imported_at", sa.TIMESTAMP(timezone=True), nullable=False, server_default=sa.func.now()),
    )


def downgrade() -> None:
    """Drop it."""
    op.drop_table("register")
