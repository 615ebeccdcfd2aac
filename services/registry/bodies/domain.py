"""Which body is meant, and what is told of it when it changed."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date
from itertools import groupby
from typing import Any, get_args
from uuid import UUID

from sqlalchemy import Row, insert, true, update
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.bodies import queries
from services.registry.bodies.errors import NotKnownThen, NotOpenYet
from services.registry.bodies.schemas import Kind
from services.registry.changes import domain as changes
from services.registry.changes.domain import Act
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
EITHER = true()
FAMILIES = {"stp", *get_args(Kind)}


async def identify(
    session: AsyncSession, ref: str, as_of: date, role: Any, family: str | None = None
) -> UUID:
    """Return the id of the body that a reference means on a day; NotFound when nobody has or had the code."""
    scheme, value = ref_parts(ref)
    if isinstance(value, UUID):
        return value
    found = await queries.body_with_code(session, scheme, value, as_of, role, family)
    if found is None:
        raise NotKnownThen if queries.is_earlier() else absent(role)
    return found


def absent(role: Any) -> NotFound:
    """Return the refusal of a body that is not there, with where to find it."""
    if role is Body.is_footprint:
        return NotFound("No footprint has this id or code: see /v1/footprints, else /v1/organisations.")
    if role is Body.is_organisation:
        return NotFound("No organisation has this id or code: find it by `q` or `ods` of /v1/organisations.")
    return NotFound("No body has this id or code: find it in /v1/footprints or /v1/organisations.")


async def find(
    session: AsyncSession, ref: str, as_of: date, role: Any, family: str | None = None
) -> Row[*tuple[Any, ...]]:
    """Return the body that a reference means, as it was on a day; NotFound when there is none.

    `role` is what it has to be: a footprint, an organisation, or with `EITHER` any of these.
    """
    found = await identify(session, ref, as_of, role, family)
    row = (await queries.bodies(session, [found], as_of)).get(found)
    if row is None and queries.is_earlier():
        raise NotKnownThen
    if row is None or row.withdrawn_at or not has_role(row, role):
        raise absent(role)
    if row.valid_from and row.valid_from > as_of:
        raise NotOpenYet
    return row


async def identify_known(
    session: AsyncSession, ref: str, as_of: date | None, role: Any, family: str | None = None
) -> UUID:
    """Return the id of a body, whenever it opened; NotFound when there is none."""
    day = await day_meant(session, as_of, family)
    found = await identify(session, ref, day, role, family)
    body = await session.get(Body, found)
    if body is None or body.withdrawn_at or not has_role(body, role):
        raise absent(role)
    return found


async def day_meant(session: AsyncSession, as_of: date | None, family: str | None) -> date:
    """Return the day that is asked about: an edition alone means its first. Invalid when there is none."""
    if as_of or family is None or family.lower() in FAMILIES:
        return as_of or today()
    start = await queries.start_of(session, family)
    if start is None:
        raise invalid("/query/scheme", "There is no such edition: ask for one such as STP2016 or ICB2026.")
    return start


def has_role(body: Any, role: Any) -> bool:
    """Tell whether a body, or its row, is what it has to be."""
    if role is EITHER:
        return True
    return bool(body.is_footprint if role is Body.is_footprint else body.is_organisation)


OF_ORGANISATIONS: Mapping[type[FootprintState], type[OrganisationState]] = {
    FootprintRegistered: OrganisationRegistered,
    FootprintChanged: OrganisationChanged,
    FootprintSucceeded: OrganisationChanged,
    FootprintRestated: OrganisationRestated,
}


async def tell(session: AsyncSession, ids: Collection[UUID], act: Act, *, registered: bool) -> None:
    """Save a change with the present state of each body; the bodies have to be new or locked.

    Tell last: who tells holds back all others that tell until the transaction ends.
    """
    await save_states(session, ids, FootprintRegistered if registered else FootprintChanged, act)


async def tell_of_succession(session: AsyncSession, ids: Collection[UUID], act: Act) -> None:
    """Save that the matters of each footprint are its successors' now; the bodies have to be locked."""
    await save_states(session, ids, FootprintSucceeded, act)


async def save_states(
    session: AsyncSession, ids: Collection[UUID], event: type[FootprintState], act: Act
) -> None:
    """Save the present state of each body under a new version, footprints as this event."""
    for some in batched(ids):
        raised = update(Body).where(Body.id.in_(some)).values(version=Body.version + 1)
        await session.execute(raised.execution_options(synchronize_session=False))
        await changes.save(session, await states(session, some, event), act)


async def restate(session: AsyncSession, ids: Collection[UUID]) -> None:
    """Save an event with the state of each body as it stands, for those who keep copies: it is no change."""
    for some in batched(ids):
        events = await states(session, some, FootprintRestated)
        await session.execute(insert(Outbox), [outbox_values(state, version) for state, version in events])
    wake_after_commit(session)


def batched(ids: Collection[UUID]) -> Iterator[list[UUID]]:
    """Yield ids in order, some thousands at a time."""
    ordered = sorted(ids)
    for start in range(0, len(ordered), IDS_AT_ONCE):
        yield ordered[start : start + IDS_AT_ONCE]


async def states(
    session: AsyncSession, ids: Sequence[UUID], event: type[FootprintState]
) -> list[tuple[FootprintState | OrganisationState, int]]:
    """Return the event of each body's present state with its version."""
    rows = await queries.bodies(session, ids, today())
    links = await queries.successors(session, ids)
    successors = {
        each: tuple(Successor(id=to, share=share or 0.0) for _, to, share in group)
        for each, group in groupby(links, key=lambda link: link[0])
    }
    succeeded = await queries.succeeded_on(session, ids)
    footprints = await queries.footprints_of(session, ids, today())
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
    row: Any, event: type[FootprintState], successors: tuple[Successor, ...], succeeded_on: date | None
) -> FootprintState:
    """Return the event that carries a footprint's state; its heirs hear of a succession as well."""
    heirs = tuple(heir.id for heir in successors) if event is FootprintSucceeded else ()
    return event(
        footprints=(row.id, *heirs),
        organisations=(row.id, *heirs) if row.is_organisation else heirs,
        footprint_id=row.id,
        name=row.name,
        kind=row.kind,
        scheme=row.scheme,
        ods=row.ods,
        ons=row.ons,
        valid_from=row.valid_from,
        valid_to=row.valid_to,
        region=row.region,
        residents=row.residents,
        is_organisation=row.is_organisation,
        successors=successors,
        succeeded_on=succeeded_on,
    )


def organisation_state(row: Any, footprint: UUID | None, event: type[OrganisationState]) -> OrganisationState:
    """Return the event that carries an organisation's state."""
    return event(
        organisations=(row.id,),
        footprints=(footprint,) if footprint else (),
        organisation_id=row.id,
        name=row.name,
        kind=row.kind,
        ods=row.ods,
        ons=row.ons,
        valid_from=row.valid_from,
        valid_to=row.valid_to,
        footprint_id=footprint,
        demonstration=row.demonstration,
    )
