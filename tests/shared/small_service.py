"""The app of the small service: a route for each thing that the plumbing promises."""

from typing import Annotated
from uuid import UUID

from fastapi import Request, Security
from sqlalchemy import select, text
from sqlalchemy.exc import TimeoutError as NoConnectionFree

from shared.app import service_app
from shared.change_request import (
    AttributedEditRequest,
    ChangeRequest,
    EditRequest,
    OpenRequest,
    attributed_edit_request,
    change_request,
    edit_request,
)
from shared.db import Session, driver_of, locked
from shared.errors import NotFound
from shared.ids import new_id
from shared.outbox import record
from shared.paging import Page, Paging, keyset
from shared.routing import Router
from shared.schemas import Answer, Line, Schema
from shared.versions import must_match
from tests.shared.thing import Thing, drafted


class NewThing(Schema):
    """What a thing is made of."""

    name: Line


class ThingOut(Answer):
    """A thing."""

    id: UUID
    name: str
    version: int


class ActedBy(Answer):
    """Who acted, as the service understood it."""

    by: str


Making = Annotated[ChangeRequest, Security(change_request, scopes=["loop:write"])]
Renaming = Annotated[EditRequest, Security(edit_request)]
Removing = Annotated[AttributedEditRequest, Security(attributed_edit_request, scopes=["loop:write"])]


def create_app(settings):
    """The app."""
    app = service_app("loop", settings, raw_prefixes=("/raw",))
    router = Router()

    @router.post("/things", status_code=201)
    async def make(new: NewThing, change: Making) -> ThingOut:
        thing = Thing(id=new_id(), name=new.name)
        change.session.add(thing)
        record(change.session, thing, drafted(thing))
        return change.keep(ThingOut.model_validate(thing), location=f"/things/{thing.id}")

    @router.get("/things")
    async def every(session: Session, paging: Paging) -> Page[ThingOut]:
        rows, cursor = await keyset(session, select(Thing), paging, Thing.id.desc())
        return paging.answer([ThingOut.model_validate(row) for row in rows], cursor)

    @router.patch("/things/{thing_id}", problems=(NotFound,))
    async def rename(thing_id: UUID, new: NewThing, change: Renaming) -> ThingOut:
        thing = await locked(change.session, Thing, thing_id)
        must_match(thing, change.version)
        thing.name = new.name
        record(change.session, thing, drafted(thing))
        return change.keep(ThingOut.model_validate(thing), version=thing.version)

    @router.post("/raw")
    async def raw(request: Request) -> dict[str, int]:
        return {"bytes": len(await request.body())}

    @router.get("/undeclared")
    async def undeclared() -> None:
        raise NotFound

    add_attributed(router)
    app.include_router(router)
    add_failures(app)
    return app


def add_attributed(router):
    """Add what names the person acting, and what needs no key."""

    @router.post("/things/{thing_id}/removal", problems=(NotFound,))
    async def remove(thing_id: UUID, change: Removing) -> ActedBy:
        thing = await locked(change.session, Thing, thing_id)
        must_match(thing, change.version)
        await change.session.delete(thing)
        return change.keep(ActedBy(by=f"{change.actor.pseudonym}, {change.actor.role}"))

    @router.post("/suggestions")
    async def suggest(new: NewThing, change: OpenRequest) -> ActedBy:
        return change.keep(ActedBy(by="a client" if change.caller.client_id else "anybody"))


def add_failures(app):
    """Add routes that fail."""

    @app.get("/crossed")
    async def crossed(session: Session, state: str, through: str) -> None:
        code = f"DO $$ BEGIN RAISE EXCEPTION 'somebody''s words' USING ERRCODE = '{state}'; END $$"
        if through == "driver":
            await (await driver_of(session)).execute(code)
        await session.execute(text(code))

    @app.get("/crowded")
    async def crowded() -> None:
        # As the pool says it when nobody returns a connection in time.
        raise NoConnectionFree("QueuePool limit of size 1 overflow 1 reached")

    @app.get("/broken")
    async def broken() -> None:
        raise RuntimeError("the patient's name is in here")


def problem_in(answer, status, code):
    """The problem in an answer, after its form was checked."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    body = answer.json()
    assert (body["status"], body["code"]) == (status, code)
    assert body["type"] == f"/docs/errors#{code}"
    assert body["request_id"] == answer.headers["x-request-id"]
    assert body["detail"]
    return body
