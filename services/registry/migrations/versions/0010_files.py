"""Which file says what, so that an import of some files compares with what these said before."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

FACTS = ("body_name", "body_code", "legal_form", "boundary", "relation", "appointment", "contact")
UNKNOWN = "an earlier import"


def upgrade() -> None:
    """Add the columns; of what was imported so far, the file is not known: the next import finds it out."""
    for table in FACTS:
        op.add_column(table, sa.Column("file", sa.Text))
        facts = sa.table(table, sa.column("imported"), sa.column("file"))
        op.execute(sa.update(facts).where(facts.c.imported).values(file=UNKNOWN))
    op.add_column("body", sa.Column("file", sa.Text, nullable=False, server_default=""))
    op.alter_column("body", "file", server_default=None)
    op.add_column("body", sa.Column("known_on", sa.Date))
    body = sa.table("body", sa.column("digest"), sa.column("file"))
    op.execute(sa.update(body).where(body.c.digest != "").values(file=UNKNOWN))
    op.drop_column("body", "digest")


def downgrade() -> None:
    """Drop them: an import then takes every body that it knows for changed."""
    op.add_column("body", sa.Column("digest", sa.Text, nullable=False, server_default=""))
    op.alter_column("body", "digest", server_default=None)
    body = sa.table("body", sa.column("digest"), sa.column("file"))
    op.execute(sa.update(body).where(body.c.file != "").values(digest="not known"))
    for column in ("file", "known_on"):
        op.drop_column("body", column)
    for table in FACTS:
        op.drop_column(table, "file")
