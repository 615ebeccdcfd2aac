"""Groups that reach people: found by everybody, kept by themselves and by their footprints' stewards."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Response
from pydantic import StringConstraints

from services.registry.bodies.schemas import OnDay
from services.registry.stakeholders import consent, domain, queries, schemas
from services.registry.stakeholders.models import Stakeholder
from services.registry.stakeholders.schemas import StakeholderDetail, StakeholderOut
from services.registry.stewards import NotYourBody, StewardChange, StewardEdit
from shared.auth import Anyone
from shared.db import Session
from shared.errors import NotFound
from shared.paging import Page, Paging, keyset
from shared.routing import Router
from shared.schemas import BodyRef
from shared.versions import etag

router = Router(prefix="/v1/stakeholders", tags=["stakeholders"])
Words = Annotated[str | None, StringConstraints(max_length=100, pattern=r"\w"), Query()]
CONSENT = (consent.ConsentTooLong, consent.ConsentOver, consent.AddressRequired)
EDIT = (NotFound, NotYourBody, domain.StakeholderEnded)


@router.get("", is_kept=True)
async def list_stakeholders(
    _: Anyone,
    session: Session,
    paging: Paging,
    view: OnDay,
    footprint: Annotated[BodyRef | None, Query(description="Only groups that work in it.")] = None,
    reaches: Annotated[
        Words, Query(description="Words, or beginnings of words, of those it reaches.")
    ] = None,
    interest: Annotated[Words, Query(description="Words, or beginnings of words, of its interests.")] = None,
    language: Annotated[schemas.Language | None, Query(description="A language that it works in.")] = None,
    q: Annotated[
        Words, Query(description="Words of its name, of those it reaches, or of its interests.")
    ] = None,
) -> Page[StakeholderOut]:
    """List groups that reach people, without their addresses, the first registered first."""
    footprints = await domain.find_family(session, footprint, view.as_of)
    words = {"reaches": reaches, "interests": interest, "any": q}
    selected = queries.select_stakeholders(view.as_of, footprints, language, words)
    found, cursor = await keyset(session, selected, paging, Stakeholder.id)
    return paging.answer(await domain.stakeholder_views(session, found, view.as_of), cursor)


@router.get("/{stakeholder_id}", problems=(NotFound,))
async def read_stakeholder(
    stakeholder_id: UUID, _: Anyone, session: Session, view: OnDay, response: Response
) -> StakeholderDetail:
    """Read one group, with its address while it agrees to show it."""
    found = await domain.stakeholder_detail(session, stakeholder_id, view.as_of)
    response.headers["ETag"] = etag(found.version)
    # The group may withdraw its consent: nobody may store the address for later readers.
    response.headers["Cache-Control"] = "no-store"
    return found


@router.post("", status_code=201, problems=(NotYourBody, consent.ConsentRequired, *CONSENT))
async def register_stakeholder(new: schemas.NewStakeholder, change: StewardChange) -> StakeholderOut:
    """Register a group that reaches people. We keep its address only with its consent."""
    found = await domain.register_stakeholder(change, new)
    return change.keep(found, location=f"/v1/stakeholders/{found.id}", version=found.version)


@router.post("/{stakeholder_id}/corrections", problems=EDIT)
async def correct_stakeholder(
    stakeholder_id: UUID, given: schemas.StakeholderCorrection, change: StewardEdit
) -> StakeholderOut:
    """Correct the facts of a group. Its address changes only with its consent."""
    found = await domain.correct(change, stakeholder_id, given)
    return change.keep(found, version=found.version)


@router.post("/{stakeholder_id}/consent", problems=(*EDIT, *CONSENT))
async def renew_stakeholder_consent(
    stakeholder_id: UUID, given: schemas.ConsentRenewed, change: StewardEdit
) -> StakeholderOut:
    """Record that a group agreed to show its address, for 2 years at most."""
    found = await domain.renew_consent(change, stakeholder_id, given)
    return change.keep(found, version=found.version)


@router.post("/{stakeholder_id}/withdrawal", problems=EDIT)
async def withdraw_stakeholder_consent(
    stakeholder_id: UUID, given: schemas.StakeholderAct, change: StewardEdit
) -> StakeholderOut:
    """Erase a group's address immediately. The stewards of any of its footprints may."""
    found = await domain.withdraw_consent(change, stakeholder_id, given)
    return change.keep(found, version=found.version)


@router.post("/{stakeholder_id}/ending", problems=EDIT)
async def end_stakeholder(
    stakeholder_id: UUID, given: schemas.StakeholderEnding, change: StewardEdit
) -> StakeholderOut:
    """End a group. It leaves the list, and its address is erased."""
    found = await domain.end(change, stakeholder_id, given)
    return change.keep(found, version=found.version)
