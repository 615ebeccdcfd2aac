"""Which endpoints may see an event and want it: decided by its audience and the bodies that it concerns.

One prebuilt statement adds a delivery for each such endpoint. It locks the endpoints against changes until
the commit, so that nothing is held for an endpoint that was enabled meanwhile.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ARRAY, Boolean, DateTime, Text, Uuid, bindparam, text
from sqlalchemy.ext.asyncio import AsyncSession

from services.gateway.webhooks.payloads import webhook_bodies
from shared.events import Envelope

INSERT_DELIVERIES = text("""
    INSERT INTO webhook_delivery
        (id, event_id, endpoint_id, organisation_id, event_type, body, state, attempts, created_at,
         next_attempt_at)
    SELECT uuidv7(), :event_id, e.id, e.organisation_id, :type,
        CASE e.payload WHEN 'full' THEN :full ELSE :thin END,
        CASE WHEN e.disabled_at IS NOT NULL THEN 'held' WHEN e.url IS NULL THEN 'for_pull' ELSE 'pending' END,
        0, now(), CASE WHEN e.disabled_at IS NULL AND e.url IS NOT NULL THEN now() END
    FROM webhook_endpoint e
    WHERE e.deleted_at IS NULL AND e.created_at <= :made_at
        AND (:public OR e.organisation_id = ANY (:organisations))
        AND CASE WHEN :only IS NOT NULL THEN e.id = :only ELSE
            (e.event_types = '{}' OR :type = ANY (e.event_types))
            AND (e.footprints = '{}' OR e.footprints && :footprints)
            AND (e.organisations = '{}' OR e.organisations && :organisations)
            AND (e.themes = '{}' OR e.themes && :themes)
        END
    ORDER BY e.id
    FOR SHARE OF e
    ON CONFLICT (event_id, endpoint_id) DO NOTHING
    RETURNING endpoint_id
""").bindparams(
    bindparam("event_id", type_=Uuid),
    bindparam("only", type_=Uuid),
    bindparam("type", type_=Text),
    bindparam("thin", type_=Text),
    bindparam("full", type_=Text),
    bindparam("public", type_=Boolean),
    bindparam("made_at", type_=DateTime(timezone=True)),
    bindparam("organisations", type_=ARRAY(Uuid)),
    bindparam("footprints", type_=ARRAY(Uuid)),
    bindparam("themes", type_=ARRAY(Text)),
)


async def add_deliveries(
    session: AsyncSession, envelope: Envelope, *, only: UUID | None = None
) -> Sequence[UUID]:
    """Add a delivery of the event for each endpoint that may see it and wants it; return the endpoints.

    `only` names the one endpoint that the event is for, if it is for one alone.
    """
    thin, full = webhook_bodies(envelope)
    data = envelope.data
    values = {
        "event_id": envelope.id,
        "type": envelope.type,
        "thin": thin,
        "full": full,
        "only": only,
        "public": envelope.audience == "public",
        "made_at": recorded_at(envelope.id, envelope.time),
        "organisations": [UUID(each) for each in data.get("organisations", ())],
        "footprints": [UUID(each) for each in data.get("footprints", ())],
        "themes": list(data.get("themes", ())),
    }
    return (await session.scalars(INSERT_DELIVERIES, values)).all()


def recorded_at(event_id: UUID, time: datetime) -> datetime:
    """When an event was recorded: the instant in its id (UUIDv7, in ms), otherwise its own time."""
    if event_id.version != 7:
        return time
    return datetime.fromtimestamp((event_id.int >> 80) / 1000, tz=time.tzinfo)
