"""Whom mail reaches, and the codes that only mail carries: the teller assesses all who left an address."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import TIMESTAMP

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

TELLER = "feedback_teller"
MOMENT = TIMESTAMP(timezone=True)


def upgrade() -> None:
    """Create the table with all who left an address: the worker tells the loop of each."""
    op.create_table(
        "reach",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("feedback_id", sa.Uuid, nullable=False),
        sa.Column("state", sa.Text),
        sa.Column("reason", sa.Text),
        sa.Column("person_ref", sa.Text, index=True),
        sa.Column("refused_at", MOMENT),
        sa.Column("address_number", sa.Integer, nullable=False, server_default="0"),
        sa.Column("mailed_ref", sa.Text),
        sa.Column("gate", sa.Text, nullable=False, server_default=""),
        sa.Column("gate_read_at", MOMENT, nullable=False, server_default="epoch"),
        *(sa.UniqueConstraint(name, name=f"uq_reach_{name}") for name in ("feedback_id", "mailed_ref")),
    )
    op.create_index("ix_reach_gate_gate_read_at", "reach", ["gate", "gate_read_at"])
    left = "SELECT gen_random_uuid(), 0, id FROM feedback WHERE has_address"
    op.execute(f"INSERT INTO reach (id, version, feedback_id) {left}")
    op.execute(f"GRANT SELECT, INSERT, UPDATE ON reach TO {TELLER}")


def downgrade() -> None:
    """Drop it."""
    op.drop_table("reach")
