"""Knocks: whether anybody answered."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import TIMESTAMP

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table."""
    op.create_table(
        "knock",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("contact_id", sa.Uuid, sa.ForeignKey("contact.id"), nullable=False),
        sa.Column("body_id", sa.Uuid, sa.ForeignKey("body.id"), nullable=False),
        sa.Column("client_id", sa.Uuid, nullable=False),
        sa.Column("organisation_id", sa.Uuid),
        sa.Column("knocked_at", TIMESTAMP(timezone=True), nullable=False),
        sa.Column("outcome", sa.Text),
        sa.Column("answered_at", TIMESTAMP(timezone=True)),
        sa.Column("recorded_at", TIMESTAMP(timezone=True), nullable=False),
    )
    op.create_index("ix_knock_contact_id_knocked_at", "knock", ["contact_id", "knocked_at"])
    op.create_index("ix_knock_body_id_knocked_at", "knock", ["body_id", "knocked_at"])
    op.create_index("ix_knock_client_id_id", "knock", ["client_id", "id"])
    waiting = sa.text("outcome IS NULL")
    op.create_index("ix_knock_waiting", "knock", ["knocked_at"], postgresql_where=waiting)


def downgrade() -> None:
    """Drop it."""
    op.drop_table("knock")
