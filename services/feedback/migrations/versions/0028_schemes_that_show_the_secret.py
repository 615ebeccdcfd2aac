"""Sources in which the sender shows the secret, instead of signing with it."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add where such a sender shows it; older sources sign."""
    op.add_column("source", sa.Column("token", postgresql.JSONB))


def downgrade() -> None:
    """Drop it. Sources of these schemes take nothing then: nothing that they send is signed."""
    op.drop_column("source", "token")
