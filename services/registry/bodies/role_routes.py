"""What stewards change about a body, and all that was ever said about it: registered once for each role."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import date
from typing import Generic, TypeVar

from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.bodies import domain, facts, lifetimes
from services.registry.bodies.errors import ClosedAlready, CodeTaken, NotKnownThen, NotOpenYet
from services.registry.bodies.history import history
from services.registry.bodies.schemas import (
    AsOf,
    BodyState,
    Correction,
    EditionAsked,
    Ending,
    FactOut,
    Left,
    NewFact,
    Ref,
)
from services.registry.bodies.writing import Asked
from services.registry.ledger.acts import Act, Reasoned
from services.registry.ledger.views import BodyOnDay, Role, View
from services.registry.stewards import NotYourBody, StewardEdit
from shared.auth import Anyone
from shared.change_request import EditRequest
from shared.clock import today
from shared.db import Session
from shared.errors import NotFound
from shared.paging import Page, Paging
from shared.routing import Router

Detail = TypeVar("Detail", bound=BodyState)
FINDING = (NotFound, NotOpenYet, NotKnownThen)
CHANGING = (NotFound, NotYourBody, CodeTaken)


@dataclass(frozen=True, slots=True)
class BodyShapes(Generic[Detail]):
    """How the bodies of a role are answered: one with its contacts, and one that closes."""

    role: Role
    view: Callable[[AsyncSession, BodyOnDay, View], Awaitable[Detail]]
    detail: type[Detail]
    ended: Callable[[Detail, list[Left]], Detail]
    ended_shape: type[Detail]


def add_history(router: Router, role: Role) -> None:
    """Register the history of the bodies of a role."""

    @router.get("/{ref}/history", name=f"{role}_history", problems=(NotFound,))
    async def body_history(
        ref: Ref,
        _: Anyone,
        session: Session,
        paging: Paging,
        as_of: AsOf = None,
        edition: EditionAsked = None,
    ) -> Page[FactOut]:
        """List all that was ever said about a body, what was recorded last first.

        `as_of` and `edition` say whose code is meant.
        """
        body_id = await domain.identify_body_of_any_time(session, ref, as_of, role, edition)
        found, cursor = await history(session, body_id, paging)
        return paging.answer(found, cursor)


def asked_for(shapes: BodyShapes[Detail], ref: str, change: EditRequest, given: Reasoned) -> Asked:
    """The change that a request asks for."""
    return Asked(ref, shapes.role, change.version, Act.of(given, change.caller, change.actor))


async def view_after(shapes: BodyShapes[Detail], change: EditRequest, body: BodyOnDay) -> Detail:
    """The body after a change; one that opens later, as on its first day."""
    return await shapes.view(change.session, body, View(max(today(), body.valid_from or date.min)))


def add_changes(router: Router, shapes: BodyShapes[Detail]) -> None:
    """Register what stewards change about the bodies of a role."""

    @router.post(
        "/{ref}/facts", name=f"say_of_{shapes.role}", response_model=shapes.detail, problems=CHANGING
    )
    async def say_of_body(ref: Ref, new: NewFact, change: StewardEdit) -> Detail:
        """Say what a body is called, or which legal form or code it has, from a day on."""
        body = await facts.say_fact(change.session, asked_for(shapes, ref, change, new), new)
        return change.keep(await view_after(shapes, change, body), version=body.version)

    @router.post(
        "/{ref}/corrections", name=f"correct_{shapes.role}", response_model=shapes.detail, problems=CHANGING
    )
    async def correct_body(ref: Ref, given: Correction, change: StewardEdit) -> Detail:
        """Correct what was said about a body; what was said before stays in its history."""
        body = await facts.correct_fact(change.session, asked_for(shapes, ref, change, given), given)
        return change.keep(await view_after(shapes, change, body), version=body.version)

    @router.post(
        "/{ref}/ending",
        name=f"end_{shapes.role}",
        response_model=shapes.ended_shape,
        problems=(*CHANGING, ClosedAlready),
    )
    async def end_body(ref: Ref, given: Ending, change: StewardEdit) -> Detail:
        """Close a body: what is said of it and its memberships end with it.

        To undo it, correct `closed_on` to null.
        """
        body, left = await lifetimes.end_body(change.session, asked_for(shapes, ref, change, given), given)
        ended = shapes.ended(await view_after(shapes, change, body), left)
        return change.keep(ended, version=body.version)
