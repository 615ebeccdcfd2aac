"""First tables: bodies, what is dated about them, doors, and the small areas."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import TSVECTOR

from shared.migrations import run_file

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

# In the order in which they refer to each other.
TABLES = (
    "body",
    "body_name",
    "body_code",
    "legal_form",
    "boundary",
    "relation",
    "appointment",
    "contact",
    "small_area",
    "area_share",
    "postcode",
)


def upgrade() -> None:
    """Create the tables."""
    run_file("plumbing.sql")
    create_bodies()
    create_dated_facts()
    create_relations()
    create_doors()
    create_areas()


def text(name: str, *, nullable: bool = False) -> sa.Column[str]:
    """Return a column of text."""
    return sa.Column(name, sa.Text, nullable=nullable)


def body_id(name: str = "body_id") -> sa.Column[object]:
    """Return a column that refers to a body."""
    return sa.Column(name, sa.Uuid, sa.ForeignKey("body.id"), nullable=False)


def dated(name: str, *columns: sa.Column[object]) -> None:
    """Create a table of facts that hold from one day to another."""
    op.create_table(
        name,
        sa.Column("id", sa.Integer, sa.Identity(always=True), primary_key=True),
        sa.Column("valid_from", sa.Date),
        sa.Column("valid_to", sa.Date),
        *columns,
    )


def create_bodies() -> None:
    """Create the identities."""
    op.create_table(
        "body",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
        text("key"),
        text("kind"),
        sa.Column("is_footprint", sa.Boolean, nullable=False),
        sa.Column("is_organisation", sa.Boolean, nullable=False),
        sa.Column("opened_on", sa.Date),
        sa.Column("closed_on", sa.Date),
        sa.Column("demonstration", sa.Boolean, nullable=False),
        text("source"),
        text("digest"),
        sa.UniqueConstraint("key", name="uq_body_key"),
    )
    op.create_index("ix_body_kind_id", "body", ["kind", "id"])


def create_dated_facts() -> None:
    """Create names, codes, legal forms and boundaries."""
    words = sa.Computed("to_tsvector('simple'::regconfig, name)", persisted=True)
    dated("body_name", body_id(), text("name"), sa.Column("words", TSVECTOR, words, nullable=False))
    op.create_index("ix_body_name_words", "body_name", ["words"], postgresql_using="gin")
    dated("body_code", body_id(), text("scheme"), text("code"))
    op.create_index("ix_body_code_scheme_code", "body_code", ["scheme", "code"])
    dated("legal_form", body_id(), text("legal_form"))
    residents = sa.Column("residents", sa.Integer)
    dated("boundary", body_id(), text("vintage"), text("region", nullable=True), residents)
    op.create_index("ix_boundary_vintage", "boundary", ["vintage"])
    for table in ("body_name", "body_code", "legal_form", "boundary"):
        op.create_index(f"ix_{table}_body_id", table, ["body_id"])


def create_relations() -> None:
    """Create what one body is to another."""
    share = sa.Column("share", sa.Float)
    dated("relation", body_id("from_id"), body_id("to_id"), text("kind"), share, text("source"))
    op.create_index("ix_relation_from_id_kind", "relation", ["from_id", "kind"])
    op.create_index("ix_relation_to_id_kind", "relation", ["to_id", "kind"])


def create_doors() -> None:
    """Create appointments and contacts."""
    op.create_table(
        "appointment",
        sa.Column("id", sa.Uuid, primary_key=True),
        body_id(),
        text("role"),
        text("status"),
        text("holder", nullable=True),
        text("holder_role", nullable=True),
        text("holder_organisation", nullable=True),
        text("as_published", nullable=True),
        sa.Column("held_from", sa.Date),
        sa.Column("held_to", sa.Date),
        sa.Column("known_on", sa.Date, nullable=False),
        text("source"),
        text("note", nullable=True),
    )
    op.create_index("ix_appointment_body_id_known_on", "appointment", ["body_id", "known_on"])
    op.create_table(
        "contact",
        sa.Column("id", sa.Uuid, primary_key=True),
        body_id(),
        text("channel"),
        text("value"),
        text("purpose"),
        sa.Column("known_on", sa.Date, nullable=False),
        sa.Column("verified_on", sa.Date),
        text("source"),
    )
    op.create_index("ix_contact_body_id_known_on", "contact", ["body_id", "known_on"])


def create_areas() -> None:
    """Create small areas, postcodes, and the bodies that they lie in."""
    op.create_table(
        "small_area",
        sa.Column("code", sa.Text, primary_key=True),
        text("name"),
        sa.Column("deprivation_decile", sa.SmallInteger),
        sa.Column("residents", sa.Integer),
    )
    op.create_table(
        "area_share",
        sa.Column("area", sa.Text(collation="C"), primary_key=True),
        sa.Column("vintage", sa.Text(collation="C"), primary_key=True),
        sa.Column("body_id", sa.Uuid, sa.ForeignKey("body.id"), primary_key=True),
        sa.Column("share", sa.Float, nullable=False),
    )
    op.create_table(
        "postcode",
        sa.Column("postcode", sa.Text(collation="C"), primary_key=True),
        sa.Column("area", sa.Text(collation="C"), nullable=False),
    )


def downgrade() -> None:
    """Drop the tables."""
    for table in reversed(TABLES):
        op.drop_table(table)
    run_file("plumbing_down.sql")
