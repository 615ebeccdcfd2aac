"""Copies of bodies hold from which day their heirs answer for them."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

COPIES = ("footprint_copy", "organisation_copy")


def upgrade() -> None:
    """Add the day. `doorway registry republish` fills it in."""
    for copy in COPIES:
        op.add_column(copy, sa.Column("succeeded_on", sa.Date))


def downgrade() -> None:
    """Drop it."""
    for copy in COPIES:
        op.drop_column(copy, "succeeded_on")
