"""When a source's organisation was shown a person's reply code: once, and never again."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import TIMESTAMP

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add it; codes of earlier answers count as shown."""
    op.add_column("source_given", sa.Column("code_shown_at", TIMESTAMP(timezone=True)))
    op.execute("UPDATE source_given SET code_shown_at = now()")


def downgrade() -> None:
    """Drop it."""
    op.drop_column("source_given", "code_shown_at")
