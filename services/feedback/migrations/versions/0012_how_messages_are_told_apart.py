"""Payloads that repeat or revise an earlier one, and what each answer was to what stood."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

RECEIVED = "source_received"
BY_ID = "uq_source_received_source_id_message_id"
BY_REVISION = f"{BY_ID}_revision"


def upgrade() -> None:
    """Let a message id have revisions, and a payload name the first with its content."""
    op.add_column(RECEIVED, sa.Column("revision", sa.Integer, nullable=False, server_default="1"))
    op.alter_column(RECEIVED, "revision", server_default=None)
    op.add_column(RECEIVED, sa.Column("repeat_of", sa.Uuid))
    op.create_foreign_key(
        "fk_source_received_repeat_of_source_received", RECEIVED, RECEIVED, ["repeat_of"], ["id"]
    )
    op.drop_constraint(BY_ID, RECEIVED)
    op.create_unique_constraint(BY_REVISION, RECEIVED, ["source_id", "message_id", "revision"])
    op.create_index("ix_source_received_digest", RECEIVED, ["source_id", "body_digest"])
    op.add_column("source_given", sa.Column("outcome", sa.Text, nullable=False, server_default="new"))
    op.alter_column("source_given", "outcome", server_default=None)


def downgrade() -> None:
    """Forget the revisions: their ids are made different."""
    op.drop_column("source_given", "outcome")
    op.drop_index("ix_source_received_digest", RECEIVED)
    op.execute("UPDATE source_received SET message_id = message_id || '#' || revision WHERE revision > 1")
    op.drop_constraint(BY_REVISION, RECEIVED)
    op.create_unique_constraint(BY_ID, RECEIVED, ["source_id", "message_id"])
    op.drop_column(RECEIVED, "repeat_of")
    op.drop_column(RECEIVED, "revision")
