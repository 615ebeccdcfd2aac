"""Who may see an event, and who wants to: decided on its audience and on whom it concerns alone."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Text, Uuid, and_, cast, false, func, literal, or_, true
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import InstrumentedAttribute

from services.gateway.webhooks.models import Endpoint
from shared.events import Envelope


def may_see(envelope: Envelope) -> ColumnElement[bool]:
    """Return which endpoints may see an event: all a public one, those concerned an organisation's."""
    if envelope.audience == "public":
        return true()
    if envelope.audience != "organisation":
        return false()
    return Endpoint.organisation_id.in_([UUID(each) for each in envelope.data.get("organisations", ())])


def wants(envelope: Envelope) -> ColumnElement[bool]:
    """Return which endpoints want to see an event: those whose every filter is empty or fits."""
    data = envelope.data
    return and_(
        fits(Endpoint.event_types, [envelope.type], Text()),
        fits(Endpoint.footprints, [UUID(each) for each in data.get("footprints", ())], Uuid()),
        fits(Endpoint.organisations, [UUID(each) for each in data.get("organisations", ())], Uuid()),
        fits(Endpoint.themes, list(data.get("themes", ())), Text()),
    )


def fits(filter_: InstrumentedAttribute[Any], values: Sequence[object], kind: Any) -> ColumnElement[bool]:
    """Return the condition that a filter is empty or names one of the values."""
    given = cast(literal(list(values), ARRAY(kind)), ARRAY(kind))
    return or_(func.cardinality(filter_) == 0, filter_.op("&&")(given))


def made_at(event_id: UUID, time: datetime) -> datetime:
    """Return when an event was recorded: the instant in its id (UUIDv7, in ms), else its own time."""
    if event_id.version != 7:
        return time
    return datetime.fromtimestamp((event_id.int >> 80) / 1000, tz=time.tzinfo)
