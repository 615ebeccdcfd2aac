"""Whom mail reaches, the codes that only mail carries, and which verdicts were given with one."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the copies, which feedback's worker fills by itself, and add the columns."""
    op.create_table(
        "reach_copy",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("sequence", sa.Integer, nullable=False),
        sa.Column("feedback_id", sa.Uuid, nullable=False),
        sa.Column("reach", sa.Text, nullable=False),
        sa.Column("reason", sa.Text),
        sa.Column("mailed_ref", sa.Text, index=True),
        sa.UniqueConstraint("feedback_id", name="uq_reach_copy_feedback_id"),
    )
    op.add_column("telling", sa.Column("mailed_ref", sa.Text))
    op.add_column("verdict", sa.Column("mailed_ref", sa.Text))


def downgrade() -> None:
    """Drop them."""
    op.drop_column("verdict", "mailed_ref")
    op.drop_column("telling", "mailed_ref")
    op.drop_table("reach_copy")
