"""The loops of a measure or a board: of a body, of a footprint or of all; real ones or demonstrations."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, NamedTuple
from uuid import UUID

from fastapi import Depends, Query
from sqlalchemy import ColumnElement, and_, bindparam
from sqlalchemy.ext.asyncio import AsyncSession

from services.loop.copies.domain import body_today, footprint_today
from services.loop.core.access import LOOP_SCOPES
from services.loop.core.queries import is_any_demonstration
from services.loop.models import Loop
from services.loop.sums.scopes import Whose
from shared.auth import Caller
from shared.db import Session
from shared.schemas import BodyRef


@dataclass(frozen=True, slots=True)
class ScopeQuery:
    """The body and the footprint that a request asks about."""

    footprint: Annotated[BodyRef | None, Query(description="Loops about this footprint.")] = None
    organisation: Annotated[BodyRef | None, Query(description="Loops that this body must answer.")] = None


class Shape(NamedTuple):
    """By what loops are chosen: a statement is built once for each shape, and takes the values each time."""

    by_footprint: bool
    by_organisation: bool

    @property
    def is_public(self) -> ColumnElement[bool]:
        """Whether a loop is in the scope and public, demonstrations included."""
        wanted = [Loop.state != "draft"]
        if self.by_footprint:
            wanted.append(Loop.footprint_id == bindparam("footprint_id"))
        if self.by_organisation:
            wanted.append(Loop.organisation_id == bindparam("organisation_id"))
        return and_(*wanted)


@dataclass(frozen=True, slots=True)
class Scope:
    """The loops that a request asks about, and whether the caller is the body that they are of."""

    footprint_id: UUID | None
    organisation_id: UUID | None
    # A demonstration's loops are never counted among a real body's.
    demonstration: bool
    is_own: bool

    @property
    def shape(self) -> Shape:
        """By what the loops are chosen."""
        return Shape(self.footprint_id is not None, self.organisation_id is not None)

    @property
    def values(self) -> Mapping[str, object]:
        """The values that a statement of this shape takes."""
        return {"footprint_id": self.footprint_id, "organisation_id": self.organisation_id}

    @property
    def whose(self) -> Whose:
        """Whose loops count."""
        return Whose(self.demonstration, self.footprint_id, self.organisation_id)

    @property
    def others(self) -> Whose:
        """Whose loops are listed beside them and do not count."""
        return self.whose._replace(demonstration=not self.demonstration)


async def in_one_snapshot(session: Session) -> AsyncSession:
    """The request's session, whose statements all see one state of the database."""
    await session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
    return session


Snapshot = Annotated[AsyncSession, Depends(in_one_snapshot, scope="function")]


async def find_scope(session: AsyncSession, caller: Caller, about: ScopeQuery) -> Scope:
    """The loops that a request asks about, by the bodies of today."""
    at_place, at_body = "/query/footprint", "/query/organisation"
    place = await footprint_today(session, about.footprint, at_place) if about.footprint else None
    body = await body_today(session, about.organisation, at_body) if about.organisation else None
    footprint_id, organisation_id = place.id if place else None, body.organisation_id if body else None
    own = caller.organisation_id
    return Scope(
        footprint_id=footprint_id,
        organisation_id=organisation_id,
        demonstration=await is_any_demonstration(session, {organisation_id}),
        is_own=own is not None
        and own in {footprint_id, organisation_id}
        and bool(caller.scopes & LOOP_SCOPES),
    )
