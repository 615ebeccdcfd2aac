"""Codes that were mailed are found, also when the contributor has another address by now."""

from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the index."""
    op.create_index("ix_telling_mailed_ref", "telling", ["mailed_ref"])


def downgrade() -> None:
    """Drop it."""
    op.drop_index("ix_telling_mailed_ref", "telling")
