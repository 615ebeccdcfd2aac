"""Files of feedback: what is left of each, sealed, and how far its import is."""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None

TIME = sa.TIMESTAMP(timezone=True)


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "sent_file",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("client_id", sa.Uuid, index=True),
        sa.Column("organisation_id", sa.Uuid, index=True),
        sa.Column("digest", sa.LargeBinary, nullable=False),
        sa.Column("media", sa.Text, nullable=False),
        sa.Column("received_at", TIME, nullable=False),
        sa.Column("delete_at", TIME, nullable=False, index=True),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
    )
    file_id = sa.ForeignKey("sent_file.id", ondelete="CASCADE")
    op.create_table(
        "sent_sheet",
        sa.Column("file_id", sa.Uuid, file_id, primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("rows", sa.Integer, nullable=False),
        sa.Column("stored", sa.Integer, nullable=False),
        sa.Column("done_to_line", sa.Integer, nullable=False),
        sa.Column("asked", sa.LargeBinary),
    )
    file_id = sa.ForeignKey("sent_file.id", ondelete="CASCADE")
    op.create_table(
        "sent_piece",
        sa.Column("file_id", sa.Uuid, file_id, primary_key=True),
        sa.Column("sheet", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("last_line", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
    )


def downgrade() -> None:
    """Drop them."""
    for table in ("sent_piece", "sent_sheet", "sent_file"):
        op.drop_table(table)
