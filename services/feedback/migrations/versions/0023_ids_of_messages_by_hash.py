"""Messages are told apart by a keyed hash of their id, so that the id itself goes with the payload."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

RECEIVED = "source_received"
BY_REF = "uq_source_received_source_id_message_ref_revision"
ID_LEFT = "ix_source_received_id_left"


def upgrade() -> None:
    """Add the hash. The service fills it in: only it has the key. The old version goes on without it."""
    op.add_column(RECEIVED, sa.Column("message_ref", sa.Text))
    op.create_unique_constraint(BY_REF, RECEIVED, ["source_id", "message_ref", "revision"])
    op.alter_column(RECEIVED, "message_id", nullable=True)
    left = sa.text("raw_deleted_at IS NOT NULL AND message_id IS NOT NULL")
    op.create_index(ID_LEFT, RECEIVED, ["raw_deleted_at"], postgresql_where=left)


def downgrade() -> None:
    """Drop it. Its value stands in for an id that is gone, so no message gets the id of another."""
    op.drop_index(ID_LEFT, RECEIVED)
    op.execute(
        "UPDATE source_received SET message_id = coalesce(message_ref, id::text) WHERE message_id IS NULL"
    )
    op.alter_column(RECEIVED, "message_id", nullable=False)
    op.drop_constraint(BY_REF, RECEIVED)
    op.drop_column(RECEIVED, "message_ref")
