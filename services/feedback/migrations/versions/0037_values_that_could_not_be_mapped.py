"""What waits in quarantine shows the value that could not be mapped."""

import sqlalchemy as sa
from alembic import op

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the sealed value; for what waits already, it is null until the next try."""
    op.add_column("source_quarantined", sa.Column("sealed_value", sa.LargeBinary))


def downgrade() -> None:
    """Drop it. The payloads still hold it."""
    op.drop_column("source_quarantined", "sealed_value")
