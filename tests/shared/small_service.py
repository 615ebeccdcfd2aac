"""The app of the small service: a route for each thing that the plumbing promises."""

from typing import Annotated
from uuid import UUID

from fastapi import Request, Response
from sqlalchemy import select, text

from shared.app import service_app
from shared.auth import Caller, needs
from shared.db import Session, locked
from shared.idempotency import Once
from shared.ids import new_id
from shared.outbox import record
from shared.paging import Page, Paging, keyset, page
from shared.schemas import Answer, Line, Schema
from shared.versions import IfMatch, etag, must_match
from tests.shared.thing import Thing, drafted


class NewThing(Schema):
    """What a thing is made of."""

    name: Line


class ThingOut(Answer):
    """A thing."""

    id: UUID
    name: str
    version: int


Writer = Annotated[Caller, needs("loop:write")]


def create_app(settings):
    """Return the app."""
    app = service_app("loop", settings, raw_prefixes=("/raw",))

    @app.post("/things", status_code=201)
    async def make(new: NewThing, session: Session, once: Once, response: Response, _: Writer) -> ThingOut:
        thing = Thing(id=new_id(), name=new.name)
        session.add(thing)
        record(session, thing, drafted(thing))
        response.headers["Location"] = f"/things/{thing.id}"
        return once.keep(ThingOut.model_validate(thing))

    @app.get("/things")
    async def every(request: Request, response: Response, session: Session, paging: Paging) -> Page[ThingOut]:
        rows, cursor = await keyset(session, select(Thing), paging, Thing.id.desc())
        return page(request, response, [ThingOut.model_validate(row) for row in rows], cursor)

    @app.put("/things/{thing_id}")
    async def rename(
        thing_id: UUID, new: NewThing, session: Session, version: IfMatch, response: Response
    ) -> ThingOut:
        thing = await locked(session, Thing, thing_id)
        must_match(thing, version)
        thing.name = new.name
        record(session, thing, drafted(thing))
        response.headers["ETag"] = etag(thing.version)
        return ThingOut.model_validate(thing)

    @app.post("/raw")
    async def raw(request: Request) -> dict[str, int]:
        return {"bytes": len(await request.body())}

    add_failures(app)
    return app


def add_failures(app):
    """Add routes that fail."""

    @app.get("/crossed")
    async def crossed(session: Session, state: str) -> None:
        code = f"DO $$ BEGIN RAISE EXCEPTION 'somebody''s words' USING ERRCODE = '{state}'; END $$"
        await session.execute(text(code))

    @app.get("/broken")
    async def broken() -> None:
        raise RuntimeError("the patient's name is in here")
