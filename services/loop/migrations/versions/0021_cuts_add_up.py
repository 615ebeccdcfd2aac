"""How long a text was before passages were cut out of it stays known, so that later cuts add up."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the length; the service writes it when it cuts."""
    op.add_column("history_text", sa.Column("length_when_cut", sa.Integer))
    op.execute("GRANT UPDATE (length_when_cut) ON history_text TO loop")


def downgrade() -> None:
    """Forget the lengths."""
    op.drop_column("history_text", "length_when_cut")
