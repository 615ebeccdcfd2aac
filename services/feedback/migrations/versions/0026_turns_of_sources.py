"""Sources take turns: what is due is found by its source. An id outlives the row's in sealed form alone."""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

RECEIVED, TURN = "source_received", "ix_source_received_turn"


def upgrade() -> None:
    """Index what is due by its source; keep the mapping of what is half done, and ids in sealed form."""
    is_due = sa.text("state = 'received'")
    op.create_index(TURN, RECEIVED, ["source_id", "next_try_at"], postgresql_where=is_due)
    op.add_column(RECEIVED, sa.Column("mapping_number", sa.Integer))
    op.add_column("source_raw_body", sa.Column("sealed_id", sa.LargeBinary))


def downgrade() -> None:
    """Drop them. Answers that still wait for a sealed id stay in quarantine."""
    op.drop_column("source_raw_body", "sealed_id")
    op.drop_column(RECEIVED, "mapping_number")
    op.drop_index(TURN, RECEIVED)
