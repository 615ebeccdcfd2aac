"""Published counts: figures of the Friends and Family Test as NHS England publishes them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None

COUNT = "published_count"


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "published_edition",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("service", sa.Text, nullable=False),
        sa.Column("month", sa.Date, nullable=False),
        sa.Column("edition", sa.Integer, nullable=False),
        sa.Column("digest", sa.LargeBinary, nullable=False),
        sa.Column("loaded_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("is_current", sa.Boolean, nullable=False),
        sa.UniqueConstraint("service", "month", "edition", name="uq_published_edition_service_month_edition"),
    )
    edition = sa.ForeignKey("published_edition.id", ondelete="CASCADE")
    op.create_table(
        COUNT,
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("edition_id", sa.Uuid, edition, nullable=False, index=True),
        sa.Column("month", sa.Date, nullable=False),
        sa.Column("level", sa.Text, nullable=False),
        sa.Column("organisation_id", sa.Uuid),
        sa.Column("footprint_id", sa.Uuid),
        sa.Column("icb_code", sa.Text),
        sa.Column("trust_code", sa.Text),
        sa.Column("site_code", sa.Text),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("figures", JSONB, nullable=False),
        sa.Column("modes", JSONB, nullable=False),
    )
    for body in ("footprint_id", "organisation_id"):
        op.create_index(f"ix_published_count_{body}", COUNT, [body, "month", "id"])
    op.create_index("ix_published_count_month", COUNT, ["month", "id"])


def downgrade() -> None:
    """Drop them."""
    op.drop_table(COUNT)
    op.drop_table("published_edition")
