"""Known positions, by which the area of a place on the map is found."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table; codes of small areas are compared as areas are, so that their index serves both."""
    op.alter_column("small_area", "code", type_=sa.Text(collation="C"))
    op.create_table(
        "known_position",
        sa.Column("id", sa.Integer, sa.Identity(always=True), primary_key=True),
        sa.Column("area", sa.Text(collation="C"), nullable=False),
        sa.Column("latitude", sa.Float, nullable=False),
        sa.Column("longitude", sa.Float, nullable=False),
    )
    point = sa.text("point(longitude, latitude)")
    op.create_index("ix_known_position_point", "known_position", [point], postgresql_using="gist")


def downgrade() -> None:
    """Drop it."""
    op.drop_table("known_position")
    op.alter_column("small_area", "code", type_=sa.Text())
