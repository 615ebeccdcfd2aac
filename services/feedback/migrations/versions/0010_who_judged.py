"""Who verified what changed: another organisation, or the body itself."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

TABLES = ("loop_copy", "sending")


def upgrade() -> None:
    """Add it; copies of loops take it in when `doorway loop republish` tells their state again."""
    for table in TABLES:
        op.add_column(table, sa.Column("judged_by", sa.Text))
    op.execute("UPDATE loop_copy SET sequence = sequence - 1")


def downgrade() -> None:
    """Drop it."""
    for table in TABLES:
        op.drop_column(table, "judged_by")
