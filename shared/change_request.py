"""What a request that changes something brings: who asks, which version they read, and where the answer goes.

Each writing route takes one of these. A service names its own, with the scope that it needs:

    Change = Annotated[EditRequest, Security(edit_request, scopes=["registry:write"])]
"""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Response
from sqlalchemy.ext.asyncio import AsyncSession

from shared.auth import Actor, ActorGiven, ActorRequired, Anyone, Caller, caller_with
from shared.db import Session
from shared.idempotency import Kept, Once, OnceGuard
from shared.versions import IfMatch, Wanted, etag

CallerWithKey = Annotated[Caller, Depends(caller_with)]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeRequest:
    """A request to change something; `actor` is None where the request names nobody."""

    session: AsyncSession
    caller: Caller
    actor: Actor | None
    once: OnceGuard
    response: Response

    def keep(self, answer: Kept, *, location: str | None = None, version: int | None = None) -> Kept:
        """Keep the answer for a repeat of the request, and set `Location` and `ETag` where they are given."""
        if location is not None:
            self.response.headers["Location"] = location
        if version is not None:
            self.response.headers["ETag"] = etag(version)
        return self.once.keep(answer)


@dataclass(frozen=True, slots=True, kw_only=True)
class EditRequest(ChangeRequest):
    """A request to change what the caller has read, in the version that `If-Match` names."""

    version: Wanted


@dataclass(frozen=True, slots=True, kw_only=True)
class AttributedRequest(ChangeRequest):
    """A request to change something that names the person acting."""

    actor: Actor


@dataclass(frozen=True, slots=True, kw_only=True)
class AttributedEditRequest(AttributedRequest):
    """A request to change what the caller has read, that names the person acting."""

    version: Wanted


async def open_request(
    session: Session, caller: Anyone, actor: ActorGiven, once: Once, response: Response
) -> ChangeRequest:
    """A request that needs no key."""
    return ChangeRequest(session=session, caller=caller, actor=actor, once=once, response=response)


async def change_request(
    session: Session, caller: CallerWithKey, actor: ActorGiven, once: Once, response: Response
) -> ChangeRequest:
    """A request that needs a key with the scopes of its route."""
    return ChangeRequest(session=session, caller=caller, actor=actor, once=once, response=response)


async def edit_request(
    session: Session,
    caller: CallerWithKey,
    actor: ActorGiven,
    version: IfMatch,
    once: Once,
    response: Response,
) -> EditRequest:
    """A request that needs a key with the scopes of its route, and `If-Match`."""
    return EditRequest(
        session=session, caller=caller, actor=actor, version=version, once=once, response=response
    )


async def attributed_request(
    session: Session, caller: CallerWithKey, actor: ActorRequired, once: Once, response: Response
) -> AttributedRequest:
    """A request that needs a key with the scopes of its route, and `Doorway-Actor`."""
    return AttributedRequest(session=session, caller=caller, actor=actor, once=once, response=response)


async def attributed_edit_request(
    session: Session,
    caller: CallerWithKey,
    actor: ActorRequired,
    version: IfMatch,
    once: Once,
    response: Response,
) -> AttributedEditRequest:
    """A request that needs a key with the scopes of its route, `Doorway-Actor` and `If-Match`."""
    return AttributedEditRequest(
        session=session, caller=caller, actor=actor, version=version, once=once, response=response
    )


OpenRequest = Annotated[ChangeRequest, Depends(open_request)]
