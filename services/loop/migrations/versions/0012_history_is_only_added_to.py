"""The service adds to a history and erases and masks words in it; it changes and removes nothing else."""

from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Take the rights to change what is written, but for erasing and masking words."""
    op.execute("REVOKE UPDATE, DELETE, TRUNCATE ON history_entry, history_text FROM loop")
    op.execute("GRANT UPDATE (text, salt, shown, masked_with, erased_at) ON history_text TO loop")


def downgrade() -> None:
    """Give them back."""
    op.execute("GRANT UPDATE, DELETE ON history_entry, history_text TO loop")
