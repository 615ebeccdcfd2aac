"""The feed of changes: each once, in the order in which they were committed, whatever else goes on.

Positions are taken under a lock that is held until the commit: whoever sees a position sees all before it.
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.bodies import domain as bodies
from services.registry.bodies import queries as body_queries
from services.registry.feed import queries
from services.registry.feed.atom import atom
from services.registry.feed.queries import Wanted
from services.registry.feed.schemas import By, ChangeOut, record_of
from services.registry.ledger.publishing import newest_position
from services.registry.ledger.views import Role, View
from services.registry.stewards import is_known
from shared.auth import Caller
from shared.clock import today
from shared.errors import Invalid, invalid
from shared.events.base import CATALOGUE
from shared.schemas import ref_parts

CURSOR = re.compile(r"[0-9]{1,18}")
MAY_AUDIT = {"registry:read", "registry:write"}
TYPES = {
    name for name, each in CATALOGUE.items() if name.startswith("registry.") and each.audience == "public"
}
NEWEST = 50
Seen = Callable[[Any], bool]


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody asks of the feed."""

    since: str | None
    footprint: str | None
    record: str | None
    types: tuple[str, ...]
    limit: int


@dataclass(frozen=True, slots=True)
class Found:
    """Changes, where to go on, and whether there are more already."""

    items: list[ChangeOut]
    since: int
    more: bool


async def read(session: AsyncSession, asked: Asked, caller: Caller) -> Found:
    """Return the changes after the place or time that is asked about."""
    wanted = Wanted(
        footprint=await id_of(session, asked.footprint, "/query/footprint"),
        record=await id_of(session, asked.record, "/query/record"),
        types=asked.types,
    )
    if not TYPES.issuperset(asked.types):
        raise invalid(
            "/query/type", f"There is no such type of change; these are: {', '.join(sorted(TYPES))}."
        )
    newest = await newest_position(session)
    after = await place_of(session, asked.since, newest)
    rows = await queries.rows(session, queries.between(after, newest, wanted, asked.limit + 1))
    kept, more = rows[: asked.limit], len(rows) > asked.limit
    seen = await who_sees(session, caller)
    return Found([change_view(row, seen(row)) for row in kept], kept[-1].position if more else newest, more)


async def as_atom(session: AsyncSession, ref: str, role: Role, path: str) -> bytes:
    """Return the Atom feed of a footprint with all that concerns it, or of one organisation."""
    row = await bodies.find_body(session, ref, View(today()), role)
    wanted = Wanted(footprint=row.id) if role == "footprint" else Wanted(record=row.id)
    changes = await queries.rows(session, queries.latest(wanted, NEWEST))
    names = await body_queries.bodies_on(session, {each.record_id for each in changes}, View(today()))
    return atom(row, path, changes, names)


async def id_of(session: AsyncSession, ref: str | None, pointer: str) -> UUID | None:
    """Return the id that a reference means; Invalid when nothing has this code."""
    if ref is None:
        return None
    scheme, value = ref_parts(ref)
    if isinstance(value, UUID):
        return value
    roles: tuple[Role, ...] = ("footprint", "organisation")
    for role in roles:
        if found := await body_queries.body_with_code(session, scheme, value, View(today()), role):
            return found
    raise invalid(pointer, "Nothing has this code: look it up at /v1/footprints or /v1/organisations.")


async def place_of(session: AsyncSession, since: str | None, newest: int) -> int:
    """Return the position after which to read; Invalid when it is neither a place nor a time."""
    if since is None:
        return 0
    if not CURSOR.fullmatch(since):
        first = await queries.first_at(session, instant(since))
        return newest if first is None else first - 1
    if int(since) > newest:
        raise bad_since("This feed has not come that far: read it again from a day, such as 2026-04-01.")
    return int(since)


def instant(given: str) -> datetime:
    """Return the instant that is meant, or the beginning of the day; Invalid when it is neither."""
    try:
        if len(given) == len("2026-04-01"):
            return datetime.combine(date.fromisoformat(given), time(), UTC)
        # In an address, "+" is a space for many that read it.
        found = datetime.fromisoformat(given.replace(" ", "+"))
        if found.tzinfo is None:
            raise ValueError("no zone")
        return found.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise bad_since() from error


def bad_since(why: str | None = None) -> Invalid:
    """Return the problem that a place or time cannot be one."""
    form = "`since` has to be that of an earlier answer, an instant (RFC 3339), or a day such as 2026-04-01."
    return invalid("/query/since", why or form)


async def who_sees(session: AsyncSession, caller: Caller) -> Seen:
    """Return what tells whether a caller may see who exactly made a change.

    The operator's stewards may, and those of the bodies that it concerns.
    """
    own = caller.organisation_id
    if not MAY_AUDIT & caller.scopes:
        return lambda _: False
    if not await is_known(session, own):
        return lambda _: True
    return lambda row: own is not None and own in (row.record_id, row.organisation_id, *row.footprints)


def change_view(row: Any, with_client: bool) -> ChangeOut:
    """Return a change as it is told."""
    return ChangeOut(
        id=row.id,
        at=row.at,
        type=row.type,
        record=record_of(row),
        version=row.version,
        footprints=row.footprints,
        reason=row.reason,
        source=row.source,
        state=json.loads(row.state),
        by=by(row, with_client),
    )


def by(row: Any, with_client: bool) -> By | None:
    """Return who made a change, as far as the caller may see."""
    if row.client_id is None and row.organisation_id is None:
        return None
    if not with_client:
        return By(organisation_id=row.organisation_id)
    return By.model_validate(row)
