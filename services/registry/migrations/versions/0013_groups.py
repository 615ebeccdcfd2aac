"""The partnerships of April 2020 are named by that year, and groups come from their own files."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

# The partnerships changed on 1 April 2020, so the edition is named as all others are: by its first day.
BEFORE, AFTER = "STP2021", "STP2020"
# What an import compares with: what these files said is what the new ones say better.
FILES = {
    "footprint_members_2016.csv": "ccg_editions.csv",
    "ccg_2016_to_sub_icb.csv": "ccg_2021_to_sub_icb.csv",
}


def upgrade() -> None:
    """Rename the edition, and hand the relations of groups to the files that follow."""
    rename_edition(BEFORE, AFTER)
    for before, after in FILES.items():
        hand_over(before, after)


def downgrade() -> None:
    """Take both back."""
    for before, after in FILES.items():
        hand_over(after, before)
    rename_edition(AFTER, BEFORE)


def rename_edition(before: str, after: str) -> None:
    """Rename an edition in the boundaries, and in the state of footprints that the feed of changes tells."""
    boundary = sa.table("boundary", sa.column("edition", sa.Text))
    op.execute(sa.update(boundary).where(boundary.c.edition == before).values(edition=after))
    change = sa.table("change", sa.column("state", sa.Text), sa.column("type", sa.Text))
    renamed = sa.update(change).where(
        change.c.type.like("registry.footprint_%"), change.c.state.contains(before)
    )
    op.execute(renamed.values(state=sa.func.replace(change.c.state, f'"{before}"', f'"{after}"')))


def hand_over(before: str, after: str) -> None:
    """Let another file say what one said."""
    relation = sa.table("relation", sa.column("file", sa.Text))
    op.execute(sa.update(relation).where(relation.c.file == before).values(file=after))
