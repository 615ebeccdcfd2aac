"""Postcodes that ended, parts outside England, and the ward and the constituency of a place."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns and the tables; the next import fills them."""
    op.add_column("postcode", sa.Column("is_live", sa.Boolean, nullable=False, server_default=sa.true()))
    op.alter_column("postcode", "is_live", server_default=None)
    op.add_column("small_area", sa.Column("electoral_areas", sa.Text, nullable=False, server_default="[]"))
    op.create_table(
        "constituency_exception",
        sa.Column("postcode", sa.Text(collation="C"), primary_key=True),
        sa.Column("constituency", sa.Text, nullable=False),
    )
    op.create_table(
        "outside_part",
        sa.Column("part", sa.Text(collation="C"), primary_key=True),
        sa.Column("country", sa.Text),
        sa.Column("meaning", sa.Text),
        sa.Column("is_certain", sa.Boolean, nullable=False),
    )


def downgrade() -> None:
    """Drop them; only live postcodes stay."""
    op.drop_table("outside_part")
    op.drop_table("constituency_exception")
    op.drop_column("small_area", "electoral_areas")
    op.execute("DELETE FROM postcode WHERE NOT is_live")
    op.drop_column("postcode", "is_live")
