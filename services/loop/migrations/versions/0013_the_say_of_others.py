"""Bodies agree that another answers what was said about them; feedback says what is only its place."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

# Events name the place last.
PLACE = """
    UPDATE feedback_copy SET footprint_id = organisations[cardinality(organisations)]
    WHERE EXISTS (SELECT FROM footprint_copy AS f WHERE f.id = organisations[cardinality(organisations)])
"""


def upgrade() -> None:
    """Add the columns, and fill the place."""
    op.add_column("feedback_copy", sa.Column("footprint_id", sa.Uuid))
    op.execute(PLACE)
    op.add_column("loop", sa.Column("agreed", ARRAY(sa.Uuid), nullable=False, server_default="{}"))
    op.add_column("loop_feedback", sa.Column("asked", ARRAY(sa.Uuid), nullable=False, server_default="{}"))
    op.create_index("ix_loop_feedback_asked", "loop_feedback", ["asked"], postgresql_using="gin")


def downgrade() -> None:
    """Drop them."""
    op.drop_index("ix_loop_feedback_asked", "loop_feedback")
    op.drop_column("loop_feedback", "asked")
    op.drop_column("loop", "agreed")
    op.drop_column("feedback_copy", "footprint_id")
