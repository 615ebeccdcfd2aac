"""Statements that find bodies in this service's copies of the registry, and that keep the copies."""

from collections.abc import Collection, Sequence
from datetime import date, timedelta
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import (
    CTE,
    Date,
    Float,
    Row,
    ScalarSelect,
    Select,
    SQLColumnExpression,
    Subquery,
    Uuid,
    bindparam,
    cast,
    exists,
    func,
    literal,
    or_,
    select,
    text,
    union_all,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession

from services.feedback.models import Feedback, FootprintCopy, OrganisationCopy
from shared.clock import today
from shared.copies import SUCCESSIONS_MAX
from shared.schemas import ref_parts

Copy = TypeVar("Copy", FootprintCopy, OrganisationCopy)
# Registers name an heir some weeks after a body closed, or take the closing back.
HEIR_NAMED_WITHIN = timedelta(days=28)


# Over both tables of copies: a trust may become a part of a board, and a board that of another. What closed
# without an heir became that of the board of its place. Who operates a body has people in common with it.
KIN = (
    text(
        """
    WITH RECURSIVE body AS NOT MATERIALIZED (
        SELECT id, successors, operated_by, CASE WHEN successors = '[]' AND valid_to < :closed_before
            THEN footprint_id END AS board FROM organisation_copy
        UNION ALL SELECT id, successors, operated_by, NULL FROM footprint_copy
    ), before (id) AS (
        SELECT unnest(CAST(:ids AS uuid[]))
        UNION SELECT body.id FROM before
        JOIN body ON body.successors <> '[]'  -- most have none, and to compare these costs less
        AND body.successors @> jsonb_build_array(jsonb_build_object('id', before.id))
        OR before.id = ANY (body.operated_by)
    ), after (id) AS (
        SELECT unnest(CAST(:ids AS uuid[]))
        UNION SELECT heir.id FROM after JOIN body ON body.id = after.id CROSS JOIN LATERAL (
            SELECT CAST(each ->> 'id' AS uuid) FROM jsonb_array_elements(body.successors) AS each
            UNION ALL SELECT body.board WHERE body.board IS NOT NULL
            UNION ALL SELECT unnest(body.operated_by)
        ) AS heir (id)
    )
    SELECT id FROM before UNION SELECT id FROM after
    UNION SELECT body.id FROM before JOIN body ON body.board = before.id
    """
    )
    .bindparams(bindparam("closed_before", type_=Date))
    .columns(id=Uuid)
)


async def kin_of(session: AsyncSession, body: UUID | None) -> frozenset[UUID]:
    """A body, all that it came from or operates, and all that it became or that operates it.

    Their people and their keys are the same.
    """
    given = {"ids": [body], "closed_before": today() - HEIR_NAMED_WITHIN}
    return frozenset(await session.scalars(KIN, given) if body else ())


def life_of(model: type[Copy]) -> Select[*tuple[Any, ...]]:
    """Select until when bodies are open, and who takes over from them."""
    return select(model.id, model.valid_to, model.successors)


FOOTPRINTS = life_of(FootprintCopy).subquery("footprints")
BODIES = union_all(life_of(OrganisationCopy), life_of(FootprintCopy)).subquery("bodies")


def copy_of_ref(model: type[Copy], ref: str) -> Select[Copy]:
    """The copy that an id or a code stands for: of several with the same code, the latest."""
    scheme, value = ref_parts(ref)
    matching = select(model).where(getattr(model, scheme) == value)
    return matching.order_by(model.valid_to.desc().nulls_first(), model.id.desc()).limit(1)


def footprint_walk(ref: str, today: date, *, only_organisations: bool = False) -> CTE:
    """The footprint that a reference names, and each heir after it."""
    # A footprint that was withdrawn before its first day never existed.
    existed = or_(FootprintCopy.valid_to.is_(None), FootprintCopy.valid_to >= FootprintCopy.valid_from)
    start = copy_of_ref(FootprintCopy, ref).where(existed)
    if only_organisations:
        start = start.where(FootprintCopy.is_organisation)
    return heirs_from(start.subquery(), FOOTPRINTS, today, "boards")


def organisation_walk(ref: str, today: date) -> CTE:
    """The organisation that a reference names, and each heir after it, which may be a board."""
    return heirs_from(copy_of_ref(OrganisationCopy, ref).subquery(), BODIES, today, "organisations")


def heirs_from(start: Subquery, bodies: Subquery, today: date, name: str) -> CTE:
    """The body to start from and each heir after it, numbered by `hop`, up to ten.

    The heir of an abolished body is the one with the largest share, the first of equals.
    """
    walk = select(start.c.id, start.c.valid_to, start.c.successors, literal(0).label("hop")).cte(
        name, recursive=True
    )
    largest = largest_heir(walk.c.successors)
    columns = (bodies.c.id, bodies.c.valid_to, bodies.c.successors, walk.c.hop + 1)
    following = select(*columns).select_from(walk).join(bodies, bodies.c.id == largest)
    return walk.union_all(following.where(walk.c.valid_to < today, walk.c.hop < SUCCESSIONS_MAX))


def largest_heir(successors: SQLColumnExpression[Any]) -> ScalarSelect[UUID]:
    """The successor with the largest share, the first of equals."""
    elements = func.jsonb_array_elements(successors)
    heir = elements.table_valued("value", with_ordinality="place", joins_implicitly=True).render_derived()
    value = cast(heir.c.value, JSONB)
    ordered = select(cast(value["id"].astext, Uuid)).select_from(heir)
    ordered = ordered.order_by(cast(value["share"].astext, Float).desc().nulls_last(), heir.c.place)
    return ordered.limit(1).scalar_subquery()


def last_of(walk: CTE) -> Select[UUID]:
    """The body that a walk leads to."""
    return select(walk.c.id).order_by(walk.c.hop.desc()).limit(1)


def footprint_id_of_ref(ref: str, today: date) -> Select[UUID]:
    """The footprint that a reference leads to today."""
    return last_of(footprint_walk(ref, today))


def organisation_id_of_ref(ref: str, today: date) -> Select[UUID]:
    """The organisation that a reference leads to today: a footprint with a body of its own is one too."""
    organisation = last_of(organisation_walk(ref, today))
    board = last_of(footprint_walk(ref, today, only_organisations=True))
    return select(func.coalesce(organisation.scalar_subquery(), board.scalar_subquery()))


def footprints_along(ref: str, today: date) -> Select[UUID]:
    """The footprint that a reference names, and each heir up to that of today."""
    return select(footprint_walk(ref, today).c.id)


def organisations_along(ref: str, today: date) -> Select[UUID]:
    """The organisation that a reference names, and each heir up to that of today."""
    boards = footprint_walk(ref, today, only_organisations=True)
    found = union_all(select(organisation_walk(ref, today).c.id), select(boards.c.id)).subquery()
    return select(found.c.id)


async def ended_bodies(session: AsyncSession, on: date) -> Sequence[Row[*tuple[Any, ...]]]:
    """The bodies for which others answer on a day: each with its heir, and the heir's first day.

    They were succeeded, or closed four weeks ago without an heir: then the board of the last place answers.
    """
    closed = OrganisationCopy.valid_to
    without = select(OrganisationCopy.id, FootprintCopy.id, closed + HEIR_NAMED_WITHIN.days + 1)
    without = without.join(FootprintCopy, FootprintCopy.id == OrganisationCopy.footprint_id)
    without = without.where(OrganisationCopy.successors == [], closed < on - HEIR_NAMED_WITHIN)
    succeeded = succeeded_bodies(OrganisationCopy, on), succeeded_bodies(FootprintCopy, on)
    return (await session.execute(union_all(*succeeded, without))).all()


def succeeded_bodies(model: type[Copy], on: date) -> Select[*tuple[Any, ...]]:
    """Select the bodies whose succession was applied by a day, with their heir and its first day."""
    wanted = select(model.id, largest_heir(model.successors), model.succeeded_on)
    return wanted.where(model.succeeded_on <= on, model.successors != [])


async def is_in_footprint(session: AsyncSession, organisation_id: UUID, footprint_id: UUID | None) -> bool:
    """Whether an organisation is in a footprint."""
    known = await session.get(OrganisationCopy, organisation_id)
    return known is not None and known.footprint_id == footprint_id


async def mark_demonstrations(session: AsyncSession, organisation_id: UUID) -> None:
    """Mark the feedback about an organisation by whether all that it names are invented."""
    named = func.unnest(Feedback.organisation_ids).column_valued("named")
    invented = select(OrganisationCopy.id).where(OrganisationCopy.demonstration)
    has_real = exists(select(named).where(named.not_in(invented)))
    theirs = Feedback.organisation_ids.contains([organisation_id])
    changed = update(Feedback).where(theirs, Feedback.demonstration == has_real)
    await session.execute(changed.values(demonstration=~has_real))


async def names_of_bodies(session: AsyncSession, ids: Collection[UUID]) -> dict[UUID, str]:
    """The names of bodies, by id; without those that are not known here."""
    if not ids:
        return {}
    models = (OrganisationCopy, FootprintCopy)
    named = union_all(*(select(model.id, model.name).where(model.id.in_(ids)) for model in models))
    return {row.id: row.name for row in await session.execute(named)}
