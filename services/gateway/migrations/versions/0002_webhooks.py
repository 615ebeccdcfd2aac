"""Outbound webhooks: endpoints, deliveries, attempts."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
STATES = "state IN ('pending', 'held', 'for_pull', 'delivered', 'failed', 'dropped')"


def upgrade() -> None:
    """Create them."""
    endpoint_table()
    delivery_table()
    delivery_indexes()
    op.create_table(
        "webhook_attempt",
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
        sa.Column(
            "delivery_id",
            sa.Uuid,
            sa.ForeignKey("webhook_delivery.id", ondelete="CASCADE"),
            nullable=False,
        ),
        sa.Column("tried_at", INSTANT, nullable=False),
        sa.Column("took_ms", sa.Integer, nullable=False),
        sa.Column("status", sa.Integer),
        sa.Column("error", sa.Text),
        sa.Column("excerpt", sa.Text),
    )
    op.create_index("ix_webhook_attempt_delivery_id", "webhook_attempt", ["delivery_id"])


def endpoint_table() -> None:
    """Create the endpoints."""
    op.create_table(
        "webhook_endpoint",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("organisation_id", sa.Uuid, nullable=False),
        sa.Column("client_id", sa.Uuid, nullable=False),
        sa.Column("url", sa.Text),
        sa.Column("event_types", sa.ARRAY(sa.Text), nullable=False),
        sa.Column("footprints", sa.ARRAY(sa.Uuid), nullable=False),
        sa.Column("organisations", sa.ARRAY(sa.Uuid), nullable=False),
        sa.Column("themes", sa.ARRAY(sa.Text), nullable=False),
        sa.Column("payload", sa.Text, nullable=False),
        sa.Column("secret_sealed", sa.LargeBinary, nullable=False),
        sa.Column("previous_secret_sealed", sa.LargeBinary),
        sa.Column("previous_secret_until", INSTANT),
        sa.Column("disabled_reason", sa.Text),
        sa.Column("disabled_at", INSTANT),
        sa.Column("failing_since", INSTANT),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("deleted_at", INSTANT),
        sa.Column("numbered", sa.BigInteger, nullable=False),
        sa.CheckConstraint("payload IN ('thin', 'full')", name="ck_webhook_endpoint_payload_is_known"),
    )
    op.create_index("ix_webhook_endpoint_organisation_id", "webhook_endpoint", ["organisation_id"])


def delivery_table() -> None:
    """Create the deliveries, which are the queue."""
    op.create_table(
        "webhook_delivery",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("event_id", sa.Uuid, nullable=False),
        sa.Column("endpoint_id", sa.Uuid, sa.ForeignKey("webhook_endpoint.id"), nullable=False),
        sa.Column("organisation_id", sa.Uuid, nullable=False),
        sa.Column("event_type", sa.Text, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("first_tried_at", INSTANT),
        sa.Column("next_try_at", INSTANT),
        sa.Column("position", sa.BigInteger),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("delivered_at", INSTANT),
        sa.UniqueConstraint("event_id", "endpoint_id", name="uq_webhook_delivery_event_id_endpoint_id"),
        sa.CheckConstraint(STATES, name="ck_webhook_delivery_state_is_known"),
    )


def delivery_indexes() -> None:
    """Create what the claims, the lists and the pull look through."""
    for columns in (["organisation_id", "id"], ["endpoint_id", "id"], ["endpoint_id", "position"]):
        op.create_index(f"ix_webhook_delivery_{'_'.join(columns)}", "webhook_delivery", columns)
    for name, columns, condition in (
        ("due", ["next_try_at"], "state = 'pending'"),
        ("unnumbered", ["endpoint_id", "id"], "position IS NULL"),
        ("for_pull", ["endpoint_id", "position"], "state = 'for_pull'"),
    ):
        op.create_index(
            f"ix_webhook_delivery_{name}", "webhook_delivery", columns, postgresql_where=sa.text(condition)
        )


def downgrade() -> None:
    """Drop them."""
    for table in ("webhook_attempt", "webhook_delivery", "webhook_endpoint"):
        op.drop_table(table)
