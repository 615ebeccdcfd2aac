"""One body, its history, and what stewards change about it: registered once for each role."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import date
from typing import Generic, TypeVar

from fastapi import Response
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.bodies import domain, facts, lifetimes, schemas
from services.registry.bodies.errors import ClosedAlready, CodeTaken, NotKnownThen, NotOpenYet
from services.registry.bodies.history import history
from services.registry.bodies.schemas import AsOf, EditionAsked, KnownAt, Ref
from services.registry.ledger.views import BodyOnDay, Role, View
from services.registry.stewards import AnyEdit, NamedEdit, NotYourBody, StewardEdit
from shared.auth import Anyone
from shared.clock import today
from shared.db import Session
from shared.errors import NotFound
from shared.paging import Page, Paging
from shared.routing import Router
from shared.versions import etag

Detail = TypeVar("Detail", bound=schemas.BodyState)
FINDING = (NotFound, NotOpenYet, NotKnownThen)
CHANGING = (NotFound, NotYourBody, CodeTaken)


@dataclass(frozen=True, slots=True)
class BodyShapes(Generic[Detail]):
    """How the bodies of a role are answered: one with its contacts, and one that closes."""

    role: Role
    view: Callable[[AsyncSession, BodyOnDay, View], Awaitable[Detail]]
    detail: type[Detail]
    ended: type[Detail]

    async def view_after(self, change: AnyEdit, body: BodyOnDay) -> Detail:
        """The body after a change; one that opens later, as on its first day."""
        return await self.view(change.session, body, View(max(today(), body.valid_from or date.min)))


def add_body_routes(router: Router, shapes: BodyShapes[Detail]) -> None:
    """Register all that can be read and changed about one body of a role."""
    add_reading(router, shapes)
    add_changes(router, shapes)


def add_reading(router: Router, shapes: BodyShapes[Detail]) -> None:
    """Register reading one body of a role, and its history."""
    role = shapes.role

    @router.get("/{ref}", name=f"read_{role}", response_model=shapes.detail, problems=FINDING, is_kept=True)
    async def body(
        ref: Ref,
        _: Anyone,
        session: Session,
        response: Response,
        as_of: AsOf = None,
        edition: EditionAsked = None,
        known_at: KnownAt = None,
    ) -> Detail:
        """Read a body with its contacts; a footprint also says who leads it, and what is not known."""
        view = View(await domain.day_asked_about(session, as_of, edition), known_at)
        found = await domain.find_body(session, ref, view, role, edition)
        response.headers["ETag"] = etag(found.version)
        return await shapes.view(session, found, view)

    @router.get("/{ref}/history", name=f"list_{role}_history", problems=(NotFound,))
    async def body_history(
        ref: Ref,
        _: Anyone,
        session: Session,
        paging: Paging,
        as_of: AsOf = None,
        edition: EditionAsked = None,
    ) -> Page[schemas.FactOut]:
        """List all that was ever said about a body, the most recently recorded first.

        `as_of` and `edition` say whose code is meant.
        """
        body_id = await domain.identify_body_of_any_time(session, ref, as_of, role, edition)
        return paging.answer(*await history(session, body_id, paging))


def add_changes(router: Router, shapes: BodyShapes[Detail]) -> None:
    """Register what stewards change about the bodies of a role."""
    role, detail = shapes.role, shapes.detail

    @router.post("/{ref}/facts", name=f"state_{role}_fact", response_model=detail, problems=CHANGING)
    async def state_body_fact(ref: Ref, new: schemas.NewFact, change: StewardEdit) -> Detail:
        """State what a body is called, or which legal form or code it has, from a day on."""
        body = await facts.say_fact(change, ref, role, new)
        return change.keep(await shapes.view_after(change, body), version=body.version)

    @router.post("/{ref}/corrections", name=f"correct_{role}", response_model=detail, problems=CHANGING)
    async def correct_body(ref: Ref, given: schemas.Correction, change: NamedEdit) -> Detail:
        """Correct what was said about a body; what was said before stays in its history."""
        body = await facts.correct_fact(change, ref, role, given)
        return change.keep(await shapes.view_after(change, body), version=body.version)

    ending = (*CHANGING, ClosedAlready)

    @router.post("/{ref}/ending", name=f"end_{role}", response_model=shapes.ended, problems=ending)
    async def end_body(ref: Ref, given: schemas.Ending, change: NamedEdit) -> Detail:
        """Close a body: what is said of it and its memberships end with it.

        To undo it, correct `closed_on` to null.
        """
        body, left = await lifetimes.end_body(change, ref, role, given)
        found = await shapes.view_after(change, body)
        ended = shapes.ended.model_validate({**dict(found), "left": left})
        return change.keep(ended, version=body.version)
