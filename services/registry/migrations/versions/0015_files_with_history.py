"""What two files said is said by files that know the history as well: these go on where the others ended."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

TABLES = ("body", "body_name", "body_code", "legal_form", "relation")
FILES = {
    "local_authorities.csv": "local_authorities_history.csv",
    "nhs_regions.csv": "nhs_regions_history.csv",
}


def rename_files(names: dict[str, str]) -> None:
    """Let files have other names."""
    for table in TABLES:
        rows = sa.table(table, sa.column("file"))
        for old, new in names.items():
            op.execute(sa.update(rows).where(rows.c.file == old).values(file=new))


def upgrade() -> None:
    """Name the new files, so that the next import ends what these no longer say."""
    rename_files(FILES)


def downgrade() -> None:
    """Name the old ones."""
    rename_files({new: old for old, new in FILES.items()})
