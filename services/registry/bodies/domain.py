"""Which body is meant, and what is published of it when it changed."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date
from typing import get_args
from uuid import UUID

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.bodies import queries
from services.registry.bodies.errors import NotKnownThen, NotOpenYet
from services.registry.bodies.published import PublishedBody, published_bodies
from services.registry.bodies.schemas import Kind, body_fields
from services.registry.ledger.acts import Act
from services.registry.ledger.publishing import publish_changes
from services.registry.ledger.views import BodyOnDay, Edition, Role, View, has_role
from services.registry.models import Body
from shared.clock import today
from shared.db import wake_after_commit
from shared.errors import NotFound, invalid
from shared.events import registry as events
from shared.events.registry import FootprintState, OrganisationState
from shared.outbox import Outbox, outbox_values
from shared.schemas import ref_parts

IDS_AT_ONCE = 2_000
FAMILIES = {"stp", *get_args(Kind)}
CLOSED = "This body closed on {day}. Name one that has taken over from it ({heirs}), or leave it out."
CLOSED_FOR_GOOD = "This body closed on {day}. We do not know who has taken over from it: leave it out."
WITHOUT_SERVICES = (
    "This body has run no services since {day}. Name the body that has taken over from it, or leave it out."
)
WHERE_TO_LOOK: Mapping[Role, str] = {
    "footprint": "No footprint has this id or code: find it at /v1/footprints, or /v1/organisations.",
    "organisation": "No organisation has this id or code: find it by `q` or `ods` of /v1/organisations, with"
    " `include_closed=true` if it may have closed.",
    "any": "No body has this id or code: find it at /v1/footprints or /v1/organisations.",
}
# What is published of an organisation where it is this of a footprint.
OF_ORGANISATIONS: Mapping[type[FootprintState], type[OrganisationState]] = {
    events.FootprintRegistered: events.OrganisationRegistered,
    events.FootprintChanged: events.OrganisationChanged,
    events.FootprintSucceeded: events.OrganisationSucceeded,
    events.FootprintRestated: events.OrganisationRestated,
}


def absent(role: Role) -> NotFound:
    """The refusal of a body that is not there, with where to find it."""
    return NotFound(WHERE_TO_LOOK[role])


async def identify_body(
    session: AsyncSession, ref: str, view: View, role: Role, edition: Edition | None = None
) -> UUID:
    """The id of the body that a reference means on a day; NotFound when nobody has or had the code."""
    scheme, value = ref_parts(ref)
    if isinstance(value, UUID):
        return value
    found = await queries.body_with_code(session, scheme, value, view, role, edition)
    if found is None:
        raise NotKnownThen if view.is_of_earlier_words else absent(role)
    return found


async def find_body(
    session: AsyncSession, ref: str, view: View, role: Role, edition: Edition | None = None
) -> BodyOnDay:
    """The body that a reference means, as it was on a day; NotFound when there is none with this role."""
    body_id = await identify_body(session, ref, view, role, edition)
    body = (await queries.bodies_on(session, [body_id], view)).get(body_id)
    if body is None and view.is_of_earlier_words:
        raise NotKnownThen
    if body is None or body.withdrawn_at or not body.has_role(role):
        raise absent(role)
    if body.valid_from and body.valid_from > view.as_of:
        raise NotOpenYet
    return body


async def find_body_of_field(
    session: AsyncSession, ref: str, view: View, role: Role, pointer: str
) -> BodyOnDay:
    """The body that a field of a request names, as it was on a day; Invalid when there is none."""
    try:
        return await find_body(session, ref, view, role)
    except NotFound as error:
        raise invalid(pointer, WHERE_TO_LOOK[role]) from error


async def identify_footprint(session: AsyncSession, ref: str | None, view: View, pointer: str) -> UUID | None:
    """The id of the footprint that a field names, if it names one; Invalid when there is no such one."""
    return (await find_body_of_field(session, ref, view, "footprint", pointer)).id if ref else None


async def find_open_organisation(session: AsyncSession, ref: str | None, view: View) -> BodyOnDay | None:
    """The body in the field `organisation`, if it names one; Invalid when there is none, or it has closed."""
    if ref is None:
        return None
    body = await find_body_of_field(session, ref, view, "organisation", "/organisation")
    if body.is_closed_by(view.as_of):
        heirs = "; ".join(await queries.names_of_heirs(session, body.id, view))
        said = CLOSED if heirs else CLOSED_FOR_GOOD
        raise invalid("/organisation", said.format(day=body.valid_to, heirs=heirs))
    if body.services_ended_on and body.services_ended_on < view.as_of:
        raise invalid("/organisation", WITHOUT_SERVICES.format(day=body.services_ended_on))
    return body


async def identify_body_of_any_time(
    session: AsyncSession, ref: str, as_of: date | None, role: Role, edition: Edition | None = None
) -> UUID:
    """The id of a body, whenever it opened; NotFound when there is none."""
    day = await day_asked_about(session, as_of, edition)
    body_id = await identify_body(session, ref, View(day), role, edition)
    body = await session.get(Body, body_id)
    if body is None or body.withdrawn_at or not has_role(body, role):
        raise absent(role)
    return body_id


async def day_asked_about(session: AsyncSession, as_of: date | None, edition: Edition | None) -> date:
    """The day that is asked about: an edition alone means its first. Invalid when there is none."""
    if as_of or edition is None or edition.lower() in FAMILIES:
        return as_of or today()
    start = await queries.first_day_of(session, edition)
    if start is None:
        raise invalid("/query/edition", "There is no such edition: ask for one such as STP2016 or ICB2026.")
    return start


async def publish_bodies(
    session: AsyncSession,
    ids: Collection[UUID],
    act: Act,
    event: type[FootprintState] = events.FootprintChanged,
) -> dict[UUID, BodyOnDay]:
    """Save a change with the present state of each body under a new version: footprints as this event.

    The bodies must be new or locked. Publish last: until the transaction ends, all others that publish wait.
    Returns the bodies as they are now; one that opens later, as on its first day.
    """
    published: dict[UUID, BodyOnDay] = {}
    for some in batched(ids):
        found = await published_bodies(session, some, View(today()), raised=True)
        changed = [(state_of_body(each, event), each.body.version) for each in found]
        await publish_changes(session, changed, act)
        published |= {each.body.id: each.body for each in found}
    return published


async def republish_bodies(session: AsyncSession, ids: Collection[UUID]) -> None:
    """Save an event with the state of each body as it stands, for those who keep copies: it is no change."""
    for some in batched(ids):
        states = await states_of(session, some, events.FootprintRestated)
        await session.execute(insert(Outbox), [outbox_values(state, version) for state, version in states])
    wake_after_commit(session)


def batched(ids: Collection[UUID]) -> Iterator[list[UUID]]:
    """Ids in order, some thousands at a time."""
    ordered = sorted(ids)
    for start in range(0, len(ordered), IDS_AT_ONCE):
        yield ordered[start : start + IDS_AT_ONCE]


async def states_of(
    session: AsyncSession, ids: Sequence[UUID], event: type[FootprintState]
) -> list[tuple[FootprintState | OrganisationState, int]]:
    """The event of each body's present state, and its version."""
    found = await published_bodies(session, ids, View(today()), raised=False)
    return [(state_of_body(each, event), each.body.version) for each in found]


def state_of_body(found: PublishedBody, event: type[FootprintState]) -> FootprintState | OrganisationState:
    """The event that carries the state of a body: a footprint's as `event`, an organisation's alike."""
    body, home = found.body, found.footprint
    # A succession concerns the heirs as well.
    heirs = tuple(each["id"] for each in found.successors) if event is events.FootprintSucceeded else ()
    state = body_fields(body) | {"successors": found.successors, "succeeded_on": found.succeeded_on}
    state |= {"operated_by": found.operated_by}
    if not body.is_footprint:
        own = {"organisation_id": body.id, "footprint_id": home, "organisations": (body.id, *heirs)}
        state |= {"memberships": found.memberships}
        footprints = (home,) if home else ()
        return OF_ORGANISATIONS[event].model_validate(state | own | {"footprints": footprints})
    concerned: dict[str, object] = {
        "footprint_id": body.id,
        "footprints": (body.id, *heirs),
        "organisations": (body.id, *heirs) if body.is_organisation else heirs,
    }
    return event.model_validate(state | concerned)
