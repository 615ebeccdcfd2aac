"""Giving feedback, and reading what may be seen of it."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Request, Response
from pydantic import AwareDatetime

from services.feedback.items import domain, queries
from services.feedback.items.counter import Counter
from services.feedback.items.desk import Origin
from services.feedback.items.schemas import (
    FeedbackShown,
    FeedbackStateName,
    GivenFeedback,
    Kind,
    NewFeedback,
    Original,
    RevisionShown,
)
from services.feedback.items.showing import revision_shown, shown
from services.feedback.models import Feedback, Revision
from services.feedback.places.domain import footprint_id_of, organisation_id_of
from shared.auth import ActorGiven, Anyone, Caller, needs
from shared.db import Session
from shared.idempotency import GivenKey
from shared.paging import Page, Paging, keyset, page
from shared.routing import Router
from shared.schemas import BodyRef, Code
from shared.state import state_of
from shared.versions import etag

router = Router(prefix="/v1/feedback", tags=["feedback"])


@router.post("", status_code=201, response_model=GivenFeedback)
async def give_feedback(
    new: NewFeedback, request: Request, caller: Annotated[Caller, needs("feedback:write")], key: GivenKey
) -> Response:
    """Record what somebody says about a body or a place."""
    counter = state_of(request, Counter)
    return await counter.take(new, Origin.of_client(caller.client_id, caller.organisation_id), key)


@router.get("")
async def list_feedback(
    request: Request,
    response: Response,
    caller: Anyone,
    session: Session,
    paging: Paging,
    footprint: BodyRef | None = None,
    organisation: BodyRef | None = None,
    theme: Code | None = None,
    kind: Kind | None = None,
    state: FeedbackStateName | None = None,
    since: Annotated[AwareDatetime | None, Query(description="Received at or after this instant.")] = None,
) -> Page[FeedbackShown]:
    """List what is published and, with a key, what is about your organisation or was sent by it."""
    desk = state_of(request, Counter).desk
    filters = {
        "footprint_id": footprint and await footprint_id_of(session, footprint, desk, "/query/footprint"),
        "organisation_id": organisation
        and await organisation_id_of(session, organisation, desk, "/query/organisation"),
        "theme": theme,
        "kind": kind,
        "state": state,
        "since": since,
    }
    found, cursor = await keyset(session, queries.listing(caller, filters), paging, Feedback.id.desc())
    return page(request, response, [shown(feedback, caller) for feedback in found], cursor)


@router.get("/{feedback_id}")
async def read_feedback(
    feedback_id: UUID, response: Response, caller: Anyone, session: Session
) -> FeedbackShown:
    """Return one piece of feedback, with personal data masked."""
    feedback = await domain.seen(session, feedback_id, caller)
    response.headers["ETag"] = etag(feedback.version)
    return shown(feedback, caller)


@router.get("/{feedback_id}/revisions")
async def list_revisions(
    feedback_id: UUID, request: Request, response: Response, caller: Anyone, session: Session, paging: Paging
) -> Page[RevisionShown]:
    """List what stood there before, for those whom it concerns or who sent it."""
    await domain.seen_from_inside(session, feedback_id, caller)
    found, cursor = await keyset(session, queries.revisions_of(feedback_id), paging, Revision.number)
    return page(request, response, [revision_shown(revision) for revision in found], cursor)


@router.get("/{feedback_id}/original")
async def read_original(
    feedback_id: UUID,
    caller: Annotated[Caller, needs("feedback:identify")],
    actor: ActorGiven,
    session: Session,
) -> Original:
    """Return the words as they were given, without masks; each use is recorded for audit."""
    return Original.model_validate(await domain.identify(session, feedback_id, caller, actor))
