"""The feed of changes: each once, in the order in which they were committed, whatever else goes on.

Positions are taken under a lock that is held until the commit: whoever sees a position sees all before it.
"""

import json
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.bodies import domain as bodies
from services.registry.bodies import queries as body_queries
from services.registry.feed import queries
from services.registry.feed.queries import Wanted
from services.registry.feed.schemas import By, ChangeOut, ChangesAsked, record_of
from services.registry.ledger.publishing import newest_position
from services.registry.ledger.views import BodyOnDay, Role, View
from services.registry.stewards import is_operator
from shared.auth import Caller
from shared.clock import today
from shared.errors import invalid
from shared.events.base import CATALOGUE
from shared.feeds import NEVER, AtomEntry, FeedPlace, atom_feed
from shared.schemas import ref_parts

CURSOR = re.compile(r"[0-9]{1,18}")
MAY_AUDIT = {"registry:read", "registry:write"}
TYPES = {
    name for name, each in CATALOGUE.items() if name.startswith("registry.") and each.audience == "public"
}
NEWEST = 50
FORM = "`since` must be that of an earlier answer, an instant (RFC 3339), or a day such as 2026-04-01."
TOO_FAR = "This feed has not come that far: read it again from a day, such as 2026-04-01."


async def read_changes(
    session: AsyncSession, asked: ChangesAsked, caller: Caller
) -> tuple[list[ChangeOut], int, bool]:
    """The changes after the place or time that is asked about, where to go on, and whether there are more."""
    wanted = Wanted(
        footprint=await id_of(session, asked.footprint, "/query/footprint"),
        record=await id_of(session, asked.record, "/query/record"),
        types=tuple(asked.types),
    )
    if not TYPES.issuperset(asked.types):
        detail = f"There is no such type of change; these are: {', '.join(sorted(TYPES))}."
        raise invalid("/query/type", detail)
    newest = await newest_position(session)
    after = await place_of(session, asked.since, newest)
    rows = (await session.execute(queries.between(after, newest, wanted, asked.limit + 1))).all()
    kept, more = rows[: asked.limit], len(rows) > asked.limit
    # Who exactly made a change is shown to the operator's stewards, and to those of the bodies concerned.
    may_audit, own = bool(MAY_AUDIT & caller.scopes), caller.organisation_id
    views = [
        change_view(row, with_client=may_audit and (is_operator(caller) or own in bodies_of_change(row)))
        for row in kept
    ]
    return views, kept[-1].position if more else newest, more


async def id_of(session: AsyncSession, ref: str | None, pointer: str) -> UUID | None:
    """The id that a reference means; Invalid when nothing has this code."""
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
    """The position after which to read; Invalid when `since` is neither a place nor a time."""
    if since is None:
        return 0
    if not CURSOR.fullmatch(since):
        first = await queries.first_at(session, instant_of(since))
        return newest if first is None else first - 1
    if int(since) > newest:
        raise invalid("/query/since", TOO_FAR)
    return int(since)


def instant_of(given: str) -> datetime:
    """The instant that is meant, or the beginning of the day; Invalid when it is neither."""
    try:
        if len(given) == len("2026-04-01"):
            return datetime.combine(date.fromisoformat(given), time(), UTC)
        # In an address, "+" is a space for many that read it.
        found = datetime.fromisoformat(given.replace(" ", "+"))
        if found.tzinfo is None:
            raise ValueError("no zone")
        return found.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise invalid("/query/since", FORM) from error


def bodies_of_change(row: Row[Any]) -> set[UUID]:
    """The bodies whose stewards may see who made a change."""
    return {each for each in (row.record_id, row.organisation_id, *row.footprints) if each}


def change_view(row: Row[Any], *, with_client: bool) -> ChangeOut:
    """A change, with who made it as far as the caller may see."""
    by = None
    if row.client_id or row.organisation_id:
        by = By.model_validate(row) if with_client else By(organisation_id=row.organisation_id)
    own = {"record": record_of(row), "state": json.loads(row.state), "by": by}
    return ChangeOut.model_validate({**row._mapping, **own})


async def changes_as_atom(session: AsyncSession, ref: str, role: Role, place: FeedPlace) -> bytes:
    """The Atom feed of a footprint with all that concerns it, or of one organisation."""
    about = await bodies.find_body(session, ref, View(today()), role)
    wanted = Wanted(footprint=about.id) if role == "footprint" else Wanted(record=about.id)
    changes = (await session.execute(queries.latest(wanted, NEWEST))).all()
    names = await body_queries.bodies_on(session, {each.record_id for each in changes}, View(today()))
    return atom(about, place, changes, names)


def atom(
    about: BodyOnDay, place: FeedPlace, changes: Sequence[Row[Any]], names: Mapping[UUID, BodyOnDay]
) -> bytes:
    """The Atom feed of what changed about a body, the newest first."""
    entries = (
        AtomEntry(
            urn=f"urn:uuid:{change.id}",
            title=headline(change, names.get(change.record_id)),
            updated=change.at,
            link=place.url_of(record_of(change).href),
            content=f"Why: {change.reason}\nSource: {change.source}",
            categories=(change.type,),
        )
        for change in changes
    )
    return atom_feed(
        entries,
        # The body's own id would be that of other feeds about it as well.
        urn=f"urn:uuid:{uuid5(about.id, 'changes')}",
        title=f"What changed: {about.name}",
        updated=changes[0].at if changes else NEVER,
        author="Doorway",
        place=place,
    )


def headline(change: Row[Any], body: BodyOnDay | None) -> str:
    """To whom something happened, and what, in a sentence."""
    sentence = " ".join((CATALOGUE[change.type].__doc__ or change.type).split()).rstrip(".")
    return f"{body.name}: {sentence}" if body else sentence
