"""What two sources say differently of one body: the next import finds it."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "dispute",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("body_id", sa.Uuid, sa.ForeignKey("body.id"), nullable=False),
        sa.Column("fact", sa.Text, nullable=False),
        sa.Column("ours", sa.Text),
        sa.Column("ours_from", sa.Text, nullable=False),
        sa.Column("theirs", sa.Text, nullable=False),
        sa.Column("theirs_from", sa.Text, nullable=False),
        sa.Column("line", sa.Integer),
        sa.Column("since", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("settled_at", sa.TIMESTAMP(timezone=True)),
        sa.Column("settled_by", sa.Uuid),
        sa.Column("reason", sa.Text),
        sa.UniqueConstraint(
            "body_id", "fact", "theirs_from", "theirs", name="uq_dispute_body_id_fact_theirs_from_theirs"
        ),
    )


def downgrade() -> None:
    """Drop it."""
    op.drop_table("dispute")
