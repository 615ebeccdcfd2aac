"""Each code of a person keeps what it gave; one of these verdicts stands for the person."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

OF_PERSON, OF_CODE = "uq_verdict_loop_id_reply_ref", "uq_verdict_loop_id_reply_ref_mailed_ref"


def upgrade() -> None:
    """Add the column, and let each code give a verdict."""
    op.add_column("verdict", sa.Column("outranked", sa.Boolean, nullable=False, server_default=sa.false()))
    op.create_unique_constraint(
        OF_CODE, "verdict", ["loop_id", "reply_ref", "mailed_ref"], postgresql_nulls_not_distinct=True
    )
    op.drop_constraint(OF_PERSON, "verdict", type_="unique")


def downgrade() -> None:
    """Keep the verdicts that stand."""
    op.execute("DELETE FROM verdict WHERE outranked")
    op.create_unique_constraint(OF_PERSON, "verdict", ["loop_id", "reply_ref"])
    op.drop_constraint(OF_CODE, "verdict", type_="unique")
    op.drop_column("verdict", "outranked")
