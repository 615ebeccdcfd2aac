"""What is shown of people's words is kept beside them; the worker masks the words of before."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

TABLES = ("feedback", "revision")


def upgrade() -> None:
    """Add the columns; words without masks are masked when they are read, until `mask-again` kept them."""
    for table in TABLES:
        op.add_column(table, sa.Column("shown", JSONB))
        op.add_column(table, sa.Column("masked_with", sa.Integer, nullable=False, server_default="0"))
        op.create_index(f"ix_{table}_masked_with", table, ["masked_with"])
    op.add_column("feedback", sa.Column("masked", JSONB, nullable=False, server_default="[]"))


def downgrade() -> None:
    """Drop them."""
    op.drop_column("feedback", "masked")
    for table in TABLES:
        op.drop_index(f"ix_{table}_masked_with", table)
        op.drop_column(table, "masked_with")
        op.drop_column(table, "shown")
