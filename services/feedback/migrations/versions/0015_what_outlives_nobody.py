"""Answers erased one by one, feedback that is kept no longer, and samples that nobody declared."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

INDEX = "ix_feedback_source_id_received_at"


def upgrade() -> None:
    """Add what an erasure and the rule of retention need.

    No payload is stored split yet, and by which mapping earlier ones were split is not known. Nor is it known
    which earlier samples were somebody's words, so they go: mappings work without.
    """
    op.add_column("source_given", sa.Column("mapping_number", sa.Integer))
    op.add_column(
        "source_raw_body", sa.Column("is_split", sa.Boolean, nullable=False, server_default=sa.false())
    )
    kept = sa.text("source_id IS NOT NULL AND state <> 'erased'")
    op.create_index(INDEX, "feedback", ["source_id", "received_at"], postgresql_where=kept)
    op.execute("UPDATE source_mapping SET samples = '[]'")


def downgrade() -> None:
    """Take it back. A payload that is stored split is then read as the list of its answers."""
    op.drop_index(INDEX, "feedback")
    op.drop_column("source_raw_body", "is_split")
    op.drop_column("source_given", "mapping_number")
