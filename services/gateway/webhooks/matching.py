"""Which endpoints may see an event and want it: by its audience, whom it concerns, and who sent feedback.

One prebuilt statement adds a delivery of each of many events for each such endpoint, in the order of the
events. It locks the endpoints against changes until the commit, so that nothing is held for an endpoint that
was enabled meanwhile.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import orjson
from sqlalchemy import ARRAY, Boolean, Text, Uuid, bindparam, text
from sqlalchemy.ext.asyncio import AsyncSession

from services.gateway.webhooks.payloads import webhook_bodies
from shared.events import Envelope
from shared.events.gateway import EndpointTested

INSERT_DELIVERIES = text("""
    INSERT INTO webhook_delivery
        (id, event_id, endpoint_id, organisation_id, event_type, body, state, attempts, created_at,
         next_attempt_at)
    SELECT uuidv7(), event_id, endpoint_id, organisation_id, type, body,
        CASE WHEN disabled THEN 'held' WHEN for_pull THEN 'for_pull' ELSE 'pending' END,
        0, now(), CASE WHEN NOT disabled AND NOT for_pull THEN now() END
    FROM (
        SELECT v.event_id, e.id AS endpoint_id, e.organisation_id, v.type,
            CASE e.payload WHEN 'full' THEN v."full" ELSE v.thin END AS body,
            e.disabled_at IS NOT NULL AS disabled, e.url IS NULL AS for_pull
        FROM jsonb_to_recordset(CAST(:events AS jsonb)) AS v (
            place integer, event_id uuid, type text, thin text, "full" text, "only" uuid, public boolean,
            made_at timestamptz, told uuid[], organisations uuid[], footprints uuid[], themes text[]
        )
        JOIN webhook_endpoint e ON e.deleted_at IS NULL AND e.created_at <= v.made_at
            AND (v.public OR e.organisation_id = ANY (v.told))
            AND CASE WHEN v."only" IS NOT NULL THEN e.id = v."only" ELSE
                (e.event_types = '{}' OR v.type = ANY (e.event_types))
                AND (e.footprints = '{}' OR e.footprints && v.footprints)
                AND (e.organisations = '{}' OR e.organisations && v.organisations)
                AND (e.themes = '{}' OR e.themes && v.themes)
            END
        ORDER BY v.place, e.id
        FOR SHARE OF e
    ) wanted
    ON CONFLICT (event_id, endpoint_id) DO NOTHING
    RETURNING endpoint_id
""").bindparams(bindparam("events", type_=Text))


WATCHING = text("""
    SELECT DISTINCT organisation_id FROM webhook_endpoint
    WHERE deleted_at IS NULL AND (:public OR organisation_id = ANY (:organisations))
""").bindparams(bindparam("public", type_=Boolean), bindparam("organisations", type_=ARRAY(Uuid)))


async def add_deliveries(session: AsyncSession, envelopes: Sequence[Envelope]) -> Sequence[UUID]:
    """Add a delivery of each event for each endpoint that may see it and wants it; return the endpoints."""
    watched = await watched_events(session, envelopes)
    if not watched:
        return ()
    events = [row_of_event(place, envelope) for place, envelope in enumerate(watched)]
    return (await session.scalars(INSERT_DELIVERIES, {"events": orjson.dumps(events).decode()})).all()


async def watched_events(session: AsyncSession, envelopes: Sequence[Envelope]) -> Sequence[Envelope]:
    """The events that some endpoint may see; most concern nobody who has one, and need no bodies."""
    if not envelopes:
        return ()
    told = [bodies_told(each) for each in envelopes]
    is_public = [each.audience == "public" for each in envelopes]
    values = {"public": any(is_public), "organisations": list(set().union(*told))}
    watching = set(await session.scalars(WATCHING, values))
    return [
        each
        for each, public, bodies in zip(envelopes, is_public, told, strict=True)
        if (watching if public else watching & bodies)
    ]


def bodies_told(envelope: Envelope) -> set[UUID]:
    """The bodies that an event is told to: those that it concerns, and who sent what it is about."""
    sender = envelope.data.get("sender_id")
    return {UUID(each) for each in (*envelope.data.get("organisations", ()), sender) if each}


def row_of_event(place: int, envelope: Envelope) -> dict[str, object]:
    """What decides where an event goes, and what is sent."""
    thin, full = webhook_bodies(envelope)
    data = envelope.data
    return {
        "place": place,
        "event_id": envelope.id,
        "type": envelope.type,
        "thin": thin,
        "full": full,
        # A test is for the one endpoint that is tested.
        "only": envelope.subject if envelope.type == EndpointTested.type else None,
        "public": envelope.audience == "public",
        "made_at": recorded_at(envelope.id, envelope.time),
        "told": [str(body) for body in bodies_told(envelope)],
        "organisations": data.get("organisations", ()),
        "footprints": data.get("footprints", ()),
        "themes": data.get("themes", ()),
    }


def recorded_at(event_id: UUID, time: datetime) -> datetime:
    """When an event was recorded: the instant in its id (UUIDv7, in ms), otherwise its own time."""
    if event_id.version != 7:
        return time
    return datetime.fromtimestamp((event_id.int >> 80) / 1000, tz=time.tzinfo)
