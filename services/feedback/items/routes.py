"""Giving feedback, and reading what the caller may see."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import Query, Request, Response

from services.feedback.bodies.heirs import HeirsOfBodies
from services.feedback.errors import (
    CallerUnknown,
    LookupUnavailable,
    OneListAtOnce,
    PostcodeNotFound,
    ReplyCodeUsed,
    SentTwiceAtOnce,
)
from services.feedback.items import domain, queries
from services.feedback.items.direct import WRITING
from services.feedback.items.intake import Origin
from services.feedback.items.pages import Reader, themes_with
from services.feedback.items.schemas import (
    FeedbackReceipt,
    FeedbackStateName,
    Kind,
    NewFeedback,
    Work,
)
from services.feedback.items.view_schemas import FeedbackView, Original, RevisionView
from services.feedback.items.views import feedback_view, revision_view
from services.feedback.items.writer import FeedbackWriter
from services.feedback.models import Revision
from shared.auth import ActorRequired, Anyone, Caller, needs
from shared.copies import UNKNOWN_BODY
from shared.db import Session
from shared.errors import NotFound, ScopeMissing, TooMany
from shared.idempotency import GivenKey, IdempotencyKeyReused
from shared.paging import Page, Paging, keyset
from shared.routing import Router
from shared.schemas import BodyRef, Code, Moment
from shared.state import state_of
from shared.versions import etag

router = Router(prefix="/v1/feedback", tags=["feedback"])


@router.post(
    "",
    status_code=201,
    response_model=FeedbackReceipt,
    problems=(
        TooMany,
        IdempotencyKeyReused,
        LookupUnavailable,
        *UNKNOWN_BODY,
        PostcodeNotFound,
        ReplyCodeUsed,
        SentTwiceAtOnce,
    ),
)
async def give_feedback(
    new: NewFeedback, request: Request, caller: Annotated[Caller, needs(WRITING)], key: GivenKey
) -> Response:
    """Give feedback about a body or a place."""
    writer = state_of(request, FeedbackWriter)
    return await writer.give(new, Origin.from_client(caller), key)


@router.get(
    "",
    response_model=Page[FeedbackView],
    problems=(*UNKNOWN_BODY, CallerUnknown, OneListAtOnce, ScopeMissing),
)
async def list_feedback(
    caller: Anyone,
    reader: Reader,
    paging: Paging,
    footprint: BodyRef | None = None,
    organisation: BodyRef | None = None,
    theme: Code | None = None,
    kind: Kind | None = None,
    state: FeedbackStateName | None = None,
    since: Annotated[Moment | None, Query(description="Received at or after this instant.")] = None,
    sent_by: Annotated[
        Literal["me"] | None,
        Query(description="`me`: what your organisation sent, whomever it is about, with its loops."),
    ] = None,
    work: Annotated[
        Work | None,
        Query(description="What waits for a person of yours, oldest first. Needs `feedback:read`."),
    ] = None,
) -> Response:
    """List published feedback and, with a key, feedback about your organisation or sent by it.

    About a body that has closed, it lists what was said about that body and about its heirs since.
    What your organisation sent has `loops`: how far they are, what was decided, and what was promised.
    """
    wanted = await reader.bodies_along(footprint, organisation)
    others = {"themes": themes_with(theme), "kind": kind, "state": state, "since": since}
    if work and sent_by:
        raise OneListAtOnce.at("/query/work")
    if work:
        return await reader.page_of_work(work, {**wanted, **others}, caller, paging)
    find_page = reader.page_of_sent if sent_by else reader.visible_page
    return await find_page({**wanted, **others}, caller, paging)


@router.get("/{feedback_id}", problems=(NotFound,))
async def read_feedback(
    feedback_id: UUID, response: Response, caller: Anyone, heirs: HeirsOfBodies, session: Session
) -> FeedbackView:
    """Read one piece of feedback, with personal data masked."""
    feedback = await domain.find_visible_feedback(session, feedback_id, caller)
    response.headers["ETag"] = etag(feedback.version)
    return feedback_view(feedback, caller, heirs)


@router.get("/{feedback_id}/revisions", problems=(NotFound,))
async def list_revisions(
    feedback_id: UUID, caller: Anyone, session: Session, paging: Paging
) -> Page[RevisionView]:
    """List the earlier contents of feedback, for the bodies that it is about and for its sender."""
    await domain.find_feedback_for_insider(session, feedback_id, caller)
    statement = queries.revisions_of_feedback(feedback_id)
    found, cursor = await keyset(session, statement, paging, Revision.number)
    return paging.answer([revision_view(revision) for revision in found], cursor)


@router.get("/{feedback_id}/original", problems=(NotFound,))
async def read_original(
    feedback_id: UUID,
    caller: Annotated[Caller, needs("feedback:identify")],
    actor: ActorRequired,
    session: Session,
) -> Original:
    """Read the words as the contributor gave them, without masks; each use stands in the audit."""
    return Original.model_validate(await domain.identify_feedback(session, feedback_id, caller, actor))
