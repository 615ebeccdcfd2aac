"""Suggestions of the public, until a steward has decided."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import TIMESTAMP

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table."""
    op.create_table(
        "suggestion",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("body_id", sa.Uuid, sa.ForeignKey("body.id"), nullable=False),
        sa.Column("what", sa.Text, nullable=False),
        sa.Column("value", sa.Text),
        sa.Column("role", sa.Text),
        sa.Column("channel", sa.Text),
        sa.Column("purpose", sa.Text),
        sa.Column("source_url", sa.Text),
        sa.Column("note", sa.Text),
        sa.Column("code_ref", sa.Text(collation="C"), nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("made_at", TIMESTAMP(timezone=True), nullable=False),
        sa.Column("decided_at", TIMESTAMP(timezone=True)),
        sa.Column("reason", sa.Text),
        sa.Column("result_id", sa.Uuid),
        sa.Column("act_id", sa.Uuid),
        sa.Column("decided_by", sa.Uuid),
        sa.UniqueConstraint("code_ref", name="uq_suggestion_code_ref"),
    )
    op.create_index("ix_suggestion_body_id_state", "suggestion", ["body_id", "state"])
    op.create_index("ix_suggestion_state_id", "suggestion", ["state", "id"])


def downgrade() -> None:
    """Drop it."""
    op.drop_table("suggestion")
