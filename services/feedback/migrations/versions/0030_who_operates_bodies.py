"""Copies of bodies say who operates them: these are no other organisations to each other."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

COPIES = ("organisation_copy", "footprint_copy")


def upgrade() -> None:
    """Add who operates a body; the registry says it again when a body is next published."""
    for copy in COPIES:
        op.add_column(copy, sa.Column("operated_by", ARRAY(sa.Uuid), nullable=False, server_default="{}"))


def downgrade() -> None:
    """Forget who operates bodies."""
    for copy in COPIES:
        op.drop_column(copy, "operated_by")
