"""Which piece of feedback of a loop an address stands for: one address is one witness."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

TELLER = "feedback_teller"


def upgrade() -> None:
    """Create the table, which the teller reads and adds to."""
    op.create_table(
        "told_address",
        sa.Column("loop_id", sa.Uuid, primary_key=True),
        sa.Column("mailbox_ref", sa.Text, primary_key=True),
        sa.Column("feedback_id", sa.Uuid, nullable=True, index=True),
    )
    op.execute(f"GRANT SELECT, INSERT ON told_address TO {TELLER}")


def downgrade() -> None:
    """Drop it."""
    op.drop_table("told_address")
