"""Stakeholders: groups that reach people."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, TIMESTAMP, TSVECTOR

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table."""
    op.create_table(
        "stakeholder",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("organisation_id", sa.Uuid, sa.ForeignKey("body.id")),
        sa.Column("footprints", ARRAY(sa.Uuid), nullable=False),
        sa.Column("reaches", ARRAY(sa.Text), nullable=False),
        sa.Column("interests", ARRAY(sa.Text), nullable=False),
        sa.Column("languages", ARRAY(sa.Text), nullable=False),
        sa.Column("words", TSVECTOR),
        sa.Column("approach", sa.Text),
        sa.Column("support_needed", sa.Text),
        sa.Column("capacity", sa.Text),
        sa.Column("no_capacity", sa.Boolean, nullable=False),
        sa.Column("paid", sa.Text, nullable=False),
        sa.Column("channel", sa.Text),
        sa.Column("address", sa.Text),
        sa.Column("consent_given_on", sa.Date),
        sa.Column("consent_expires_on", sa.Date),
        sa.Column("expiring_told_at", TIMESTAMP(timezone=True)),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("registered_at", TIMESTAMP(timezone=True), nullable=False),
        sa.Column("ended_on", sa.Date),
    )
    op.create_index("ix_stakeholder_organisation_id", "stakeholder", ["organisation_id"])
    op.create_index("ix_stakeholder_footprints", "stakeholder", ["footprints"], postgresql_using="gin")
    op.create_index("ix_stakeholder_languages", "stakeholder", ["languages"], postgresql_using="gin")
    op.create_index("ix_stakeholder_words", "stakeholder", ["words"], postgresql_using="gin")
    op.create_index(
        "ix_stakeholder_consent_expires_on",
        "stakeholder",
        ["consent_expires_on"],
        postgresql_where=sa.text("address IS NOT NULL"),
    )


def downgrade() -> None:
    """Drop it."""
    op.drop_table("stakeholder")
