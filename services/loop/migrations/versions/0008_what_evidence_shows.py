"""Files of evidence and where something was seen; who judged evidence: another organisation or the body."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

BODY_JUDGED = """
    UPDATE verification SET judged_by = 'the_body_itself' FROM loop
    WHERE loop.id = verification.loop_id AND (
        verification.organisation_id IN (loop.organisation_id, loop.footprint_id, loop.inherited_from)
        OR EXISTS (
            SELECT 1 FROM commitment WHERE commitment.loop_id = loop.id
            AND commitment.owner_organisation_id = verification.organisation_id
        )
    )
"""
# `max`: the body itself as soon as the body accepted any.
LOOPS_JUDGED = """
    UPDATE loop SET judged_by = found.judged_by FROM (
        SELECT loop_id, max(judged_by) AS judged_by FROM verification WHERE accepted GROUP BY loop_id
    ) AS found
    WHERE found.loop_id = loop.id AND loop.first_change_at IS NOT NULL
"""


def upgrade() -> None:
    """Add them, and say of earlier judgements whose they were."""
    op.add_column("evidence", sa.Column("file_bytes", sa.Integer))
    op.add_column("evidence", sa.Column("place", sa.Text))
    op.create_table(
        "evidence_file",
        sa.Column("evidence_id", sa.Uuid, sa.ForeignKey("evidence.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("content", sa.LargeBinary, nullable=False),
    )
    op.add_column("loop", sa.Column("judged_by", sa.Text))
    another = "another_organisation"
    op.add_column("verification", sa.Column("judged_by", sa.Text, nullable=False, server_default=another))
    op.alter_column("verification", "judged_by", server_default=None)
    op.execute(BODY_JUDGED)
    op.execute(LOOPS_JUDGED)


def downgrade() -> None:
    """Drop them."""
    op.drop_column("verification", "judged_by")
    op.drop_column("loop", "judged_by")
    op.drop_table("evidence_file")
    op.drop_column("evidence", "place")
    op.drop_column("evidence", "file_bytes")
