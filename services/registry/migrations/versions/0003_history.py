"""Two times for all that is known, and the changes of public records in the order of their commits."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, TIMESTAMP

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

DATED = ("body_name", "body_code", "legal_form", "boundary", "relation")
RESTATED = ("appointment", "contact")
INSTANT = TIMESTAMP(timezone=True)
NO = sa.text("false")
BODY = sa.table("body", sa.column("id"), sa.column("digest"))
NONE = sa.text("'{}'")


def upgrade() -> None:
    """Add the columns and the tables; what is known so far came from imports."""
    for table in (*DATED, *RESTATED):
        op.add_column(table, sa.Column("recorded_at", INSTANT, nullable=False, server_default=sa.func.now()))
        op.add_column(table, sa.Column("superseded_at", INSTANT))
        op.add_column(table, sa.Column("imported", sa.Boolean, nullable=False, server_default=sa.true()))
        op.alter_column(table, "imported", server_default=None)
        op.add_column(table, sa.Column("act_id", sa.Uuid))
    for table in RESTATED:
        op.add_column(table, sa.Column("earlier_form_of", sa.Uuid))
    add_to_bodies()
    add_to_doors()
    create_changes()


def given(table: str, name: str, kind: object, value: object) -> None:
    """Add a column that is never null, with a value for the rows that are there."""
    op.add_column(table, sa.Column(name, kind, nullable=False, server_default=value))
    op.alter_column(table, name, server_default=None)


def add_to_bodies() -> None:
    """Add what is new of a body itself."""
    given("body", "dated_by_hand", sa.Boolean, NO)
    op.add_column("body", sa.Column("withdrawn_at", INSTANT))
    op.add_column("body", sa.Column("area", sa.Text(collation="C")))
    # What was registered by hand carries no digest of an import.
    for table in DATED:
        facts = sa.table(table, sa.column("body_id"), sa.column("from_id"), sa.column("imported"))
        of = facts.c.from_id if table == "relation" else facts.c.body_id
        by_hand = sa.select(BODY.c.id).where(BODY.c.digest == "")
        op.execute(sa.update(facts).where(of.in_(by_hand)).values(imported=False))


def add_to_doors() -> None:
    """Add what is new of appointments and contacts."""
    given("appointment", "shared_with", ARRAY(sa.Uuid), NONE)
    op.add_column("appointment", sa.Column("confirmed_on", sa.Date))
    op.add_column("appointment", sa.Column("confirmed_by", sa.Text))
    op.add_column("appointment", sa.Column("stale_at", INSTANT))
    given("contact", "accessible", ARRAY(sa.Text), NONE)
    op.add_column("contact", sa.Column("hours", sa.Text))
    given("contact", "is_personal", sa.Boolean, NO)
    op.add_column("contact", sa.Column("verified_how", sa.Text))
    op.add_column("contact", sa.Column("doubtful_since", sa.Date))
    op.add_column("contact", sa.Column("ended_on", sa.Date))


def create_changes() -> None:
    """Create the changes and their counter."""
    op.create_table(
        "change",
        sa.Column("position", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("act_id", sa.Uuid, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("type", sa.Text, nullable=False),
        sa.Column("record_id", sa.Uuid, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("footprints", ARRAY(sa.Uuid), nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("client_id", sa.Uuid),
        sa.Column("organisation_id", sa.Uuid),
        sa.Column("team", sa.Text),
        sa.Column("actor", sa.Text),
        sa.UniqueConstraint("id", name="uq_change_id"),
    )
    op.create_index("ix_change_record_id_position", "change", ["record_id", "position"])
    op.create_index("ix_change_act_id", "change", ["act_id"])
    op.create_index("ix_change_footprints", "change", ["footprints"], postgresql_using="gin")
    op.create_index("ix_change_at", "change", ["at"])
    op.create_index("ix_change_type_position", "change", ["type", "position"])
    op.create_table(
        "revision",
        sa.Column("id", sa.SmallInteger, primary_key=True, autoincrement=False),
        sa.Column("number", sa.BigInteger, nullable=False),
    )
    op.execute("INSERT INTO revision (id, number) VALUES (1, 0)")


def downgrade() -> None:
    """Drop them, with what was superseded."""
    op.drop_table("revision")
    op.drop_table("change")
    for table in (*DATED, *RESTATED):
        facts = sa.table(table, sa.column("superseded_at"))
        op.execute(sa.delete(facts).where(facts.c.superseded_at.is_not(None)))
        for column in ("recorded_at", "superseded_at", "imported", "act_id"):
            op.drop_column(table, column)
    for column in ("earlier_form_of", "shared_with", "confirmed_on", "confirmed_by", "stale_at"):
        op.drop_column("appointment", column)
    for column in ("earlier_form_of", "accessible", "hours", "is_personal", "ended_on"):
        op.drop_column("contact", column)
    for column in ("dated_by_hand", "withdrawn_at", "area"):
        op.drop_column("body", column)
