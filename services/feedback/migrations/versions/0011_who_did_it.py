"""Who moderated, withdrew or erased feedback, and why it was erased."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

ADDED = {
    "moderated_by_id": sa.Uuid,
    "withdrawn_by": sa.Text,
    "withdrawn_by_id": sa.Uuid,
    "erased_by": sa.Text,
    "erased_by_id": sa.Uuid,
    "erasure_reason": sa.Text,
}


def upgrade() -> None:
    """Add the columns. Of what was done before, nobody knows who did it."""
    for name, kind in ADDED.items():
        op.add_column("feedback", sa.Column(name, kind))


def downgrade() -> None:
    """Drop them."""
    for name in ADDED:
        op.drop_column("feedback", name)
