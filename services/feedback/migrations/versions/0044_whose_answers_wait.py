"""What waits in quarantine is found when its person erases what came under the same id."""

import sqlalchemy as sa
from alembic import op

revision = "0044"
down_revision = "0043"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the keyed hash of its id; for what waits already, it is null until the next try."""
    op.add_column("source_quarantined", sa.Column("external_ref", sa.Text))


def downgrade() -> None:
    """Drop it."""
    op.drop_column("source_quarantined", "external_ref")
