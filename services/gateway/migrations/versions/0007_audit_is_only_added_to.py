"""The service may only add to the audit, by its rights as well."""

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Take the rights to change and to remove."""
    op.execute("REVOKE UPDATE, DELETE, TRUNCATE ON audit FROM gateway")


def downgrade() -> None:
    """Give them back."""
    op.execute("GRANT UPDATE, DELETE ON audit TO gateway")
