"""Which act superseded what, so that an act can be undone; and an edition is called an edition."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

DATED = ("body_name", "body_code", "legal_form", "boundary", "relation")
FACTS = (*DATED, "appointment", "contact")


def upgrade() -> None:
    """Add the columns and rename the edition, also where the feed of changes tells of it."""
    for table in FACTS:
        op.add_column(table, sa.Column("superseded_by", sa.Uuid))
    for table in DATED:
        op.add_column(table, sa.Column("earlier_form_of", sa.Integer))
    rename_edition("vintage", "edition")
    rename_in_changes('"scheme":', '"edition":')


def downgrade() -> None:
    """Drop the columns, and call an edition a vintage again."""
    rename_in_changes('"edition":', '"scheme":')
    rename_edition("edition", "vintage")
    for table in DATED:
        op.drop_column(table, "earlier_form_of")
    for table in FACTS:
        op.drop_column(table, "superseded_by")


def rename_edition(before: str, after: str) -> None:
    """Rename the column in both tables, and its index."""
    for table in ("boundary", "area_share"):
        op.alter_column(table, before, new_column_name=after)
    op.execute(f"ALTER INDEX ix_boundary_{before} RENAME TO ix_boundary_{after}")


def rename_in_changes(before: str, after: str) -> None:
    """Rename a field of the state of footprints: whoever compares with the last one finds no difference."""
    change = sa.table("change", sa.column("state", sa.Text), sa.column("type", sa.Text))
    renamed = sa.update(change).where(change.c.type.like("registry.footprint_%"))
    op.execute(renamed.values(state=sa.func.replace(change.c.state, before, after)))
