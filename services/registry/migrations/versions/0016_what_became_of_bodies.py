"""What became of bodies: closing days that are not exact, renamings without a day, notes on successions."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns."""
    known = sa.Column("is_closing_day_known", sa.Boolean, nullable=False, server_default=sa.true())
    op.add_column("body", known)
    op.alter_column("body", "is_closing_day_known", server_default=None)
    op.add_column("body", sa.Column("services_ended_on", sa.Date))
    op.add_column("body_name", sa.Column("not_before", sa.Date))
    op.add_column("relation", sa.Column("note", sa.Text))


def downgrade() -> None:
    """Remove them."""
    op.drop_column("relation", "note")
    op.drop_column("body_name", "not_before")
    op.drop_column("body", "services_ended_on")
    op.drop_column("body", "is_closing_day_known")
