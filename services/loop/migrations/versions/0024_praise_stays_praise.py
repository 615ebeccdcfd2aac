"""Links say whether feedback was praise when it was linked: whoever sent it changes no figure later."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the mark, by what is known now."""
    op.add_column(
        "loop_feedback", sa.Column("is_praise", sa.Boolean, nullable=False, server_default=sa.false())
    )
    op.execute(
        "UPDATE loop_feedback SET is_praise = true "
        "FROM feedback_copy WHERE feedback_copy.id = feedback_id AND kind = 'compliment'"
    )


def downgrade() -> None:
    """Forget the mark."""
    op.drop_column("loop_feedback", "is_praise")
