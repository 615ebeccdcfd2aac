"""Which body is meant, and what is published of it when it changed."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date
from itertools import groupby
from typing import get_args
from uuid import UUID

from sqlalchemy import insert, update
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.bodies import queries
from services.registry.bodies.errors import NotKnownThen, NotOpenYet
from services.registry.bodies.schemas import Kind, body_fields
from services.registry.ledger.acts import Act
from services.registry.ledger.publishing import publish_changes
from services.registry.ledger.views import BodyOnDay, Edition, Role, View, has_role
from services.registry.models import Body
from shared.clock import today
from shared.db import wake_after_commit
from shared.errors import NotFound, invalid
from shared.events.registry import (
    FootprintChanged,
    FootprintRegistered,
    FootprintRestated,
    FootprintState,
    FootprintSucceeded,
    OrganisationChanged,
    OrganisationRegistered,
    OrganisationRestated,
    OrganisationState,
    Successor,
)
from shared.outbox import Outbox, outbox_values
from shared.schemas import ref_parts

IDS_AT_ONCE = 2_000
FAMILIES = {"stp", *get_args(Kind)}
WHERE_TO_LOOK: Mapping[Role, str] = {
    "footprint": "No footprint has this id or code: see /v1/footprints, or /v1/organisations.",
    "organisation": "No organisation has this id or code: find it by `q` or `ods` of /v1/organisations.",
    "any": "No body has this id or code: find it in /v1/footprints or /v1/organisations.",
}


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


def absent(role: Role) -> NotFound:
    """The refusal of a body that is not there, with where to find it."""
    return NotFound(WHERE_TO_LOOK[role])


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


OF_ORGANISATIONS: Mapping[type[FootprintState], type[OrganisationState]] = {
    FootprintRegistered: OrganisationRegistered,
    FootprintChanged: OrganisationChanged,
    FootprintSucceeded: OrganisationChanged,
    FootprintRestated: OrganisationRestated,
}


async def publish_bodies(
    session: AsyncSession, ids: Collection[UUID], act: Act, event: type[FootprintState] = FootprintChanged
) -> None:
    """Save a change with the present state of each body under a new version: footprints as this event.

    The bodies must be new or locked. Publish last: until the transaction ends, all others that publish wait.
    """
    for some in batched(ids):
        raised = update(Body).where(Body.id.in_(some)).values(version=Body.version + 1)
        await session.execute(raised.execution_options(synchronize_session=False))
        await publish_changes(session, await states(session, some, event), act)


async def republish_bodies(session: AsyncSession, ids: Collection[UUID]) -> None:
    """Save an event with the state of each body as it stands, for those who keep copies: it is no change."""
    for some in batched(ids):
        events = await states(session, some, FootprintRestated)
        await session.execute(insert(Outbox), [outbox_values(state, version) for state, version in events])
    wake_after_commit(session)


def batched(ids: Collection[UUID]) -> Iterator[list[UUID]]:
    """Ids in order, some thousands at a time."""
    ordered = sorted(ids)
    for start in range(0, len(ordered), IDS_AT_ONCE):
        yield ordered[start : start + IDS_AT_ONCE]


async def states(
    session: AsyncSession, ids: Sequence[UUID], event: type[FootprintState]
) -> list[tuple[FootprintState | OrganisationState, int]]:
    """The event of each body's present state, with its version."""
    rows = await queries.bodies_on(session, ids, View(today()))
    links = await queries.successors(session, ids)
    successors = {
        each: tuple(Successor(id=to, share=share or 0.0) for _, to, share in group)
        for each, group in groupby(links, key=lambda link: link[0])
    }
    succeeded = await queries.succeeded_on(session, ids)
    footprints = await queries.footprints_of(session, ids, View(today()))
    return [
        (
            footprint_state(row, event, successors.get(row.id, ()), succeeded.get(row.id))
            if row.is_footprint
            else organisation_state(row, footprints.get(row.id), OF_ORGANISATIONS[event]),
            row.version,
        )
        for row in rows.values()
    ]


def footprint_state(
    body: BodyOnDay,
    event: type[FootprintState],
    successors: tuple[Successor, ...],
    succeeded_on: date | None,
) -> FootprintState:
    """The event that carries a footprint's state; a succession concerns its heirs as well."""
    heirs = tuple(heir.id for heir in successors) if event is FootprintSucceeded else ()
    concerned = {
        "footprints": (body.id, *heirs),
        "organisations": (body.id, *heirs) if body.is_organisation else heirs,
    }
    succession = {"successors": successors, "succeeded_on": succeeded_on}
    return event.model_validate({**body_fields(body), **concerned, "footprint_id": body.id, **succession})


def organisation_state(
    body: BodyOnDay, footprint: UUID | None, event: type[OrganisationState]
) -> OrganisationState:
    """The event that carries an organisation's state."""
    concerned = {"organisations": (body.id,), "footprints": (footprint,) if footprint else ()}
    own = {"organisation_id": body.id, "footprint_id": footprint}
    return event.model_validate({**body_fields(body), **concerned, **own})
