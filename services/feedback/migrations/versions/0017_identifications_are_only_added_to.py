"""The service may only add to the record of who read words as they were given."""

from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Take the rights to change and to remove."""
    op.execute("REVOKE UPDATE, DELETE, TRUNCATE ON identification FROM feedback")


def downgrade() -> None:
    """Give them back."""
    op.execute("GRANT UPDATE, DELETE ON identification TO feedback")
