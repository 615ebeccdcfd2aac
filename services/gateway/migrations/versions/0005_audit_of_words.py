"""The audit of people's words: who acted, and which other organisations it concerns."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns; earlier rows concern their organisation alone."""
    op.add_column("audit", sa.Column("concerned", sa.ARRAY(sa.Uuid), nullable=False, server_default="{}"))
    op.alter_column("audit", "concerned", server_default=None)
    op.add_column("audit", sa.Column("actor", sa.Text))
    op.add_column("audit", sa.Column("actor_role", sa.Text))
    op.create_index("ix_audit_concerned", "audit", ["concerned"], postgresql_using="gin")


def downgrade() -> None:
    """Drop them."""
    op.drop_index("ix_audit_concerned", "audit")
    for name in ("actor_role", "actor", "concerned"):
        op.drop_column("audit", name)
