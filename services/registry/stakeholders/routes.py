"""Groups that reach people: found by everybody, kept by themselves and by their footprints' stewards."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Request, Response
from pydantic import StringConstraints

from services.registry.bodies.schemas import AsOf
from services.registry.ledger.acts import Act
from services.registry.stakeholders import domain, queries
from services.registry.stakeholders.models import Stakeholder
from services.registry.stakeholders.schemas import (
    ConsentRenewed,
    Language,
    NewStakeholder,
    StakeholderAct,
    StakeholderCorrection,
    StakeholderDetail,
    StakeholderEnding,
    StakeholderOut,
)
from services.registry.stewards import Steward
from shared.auth import ActorGiven, Anyone
from shared.clock import today
from shared.db import Session
from shared.idempotency import Once
from shared.paging import Page, Paging, keyset, page
from shared.routing import Router
from shared.schemas import BodyRef
from shared.versions import IfMatch, etag

router = Router(prefix="/v1/stakeholders", tags=["stakeholders"])
Asked = Annotated[str | None, StringConstraints(max_length=100, pattern=r"\w"), Query()]


@router.get("")
async def stakeholders(
    _: Anyone,
    session: Session,
    paging: Paging,
    request: Request,
    response: Response,
    footprint: Annotated[BodyRef | None, Query(description="Only those that work in it.")] = None,
    reaches: Annotated[Asked, Query(description="Words, or their beginnings, for whom it reaches.")] = None,
    interest: Annotated[Asked, Query(description="Words, or their beginnings, for its interests.")] = None,
    language: Annotated[Language | None, Query(description="A language that it works in.")] = None,
    q: Annotated[Asked, Query(description="Words of its name, of whom it reaches, of interests.")] = None,
    as_of: AsOf = None,
) -> Page[StakeholderOut]:
    """List groups that reach people, without their addresses, the first registered first."""
    day = as_of or today()
    wanted = queries.stakeholders_on(
        day, footprints=await domain.footprint_and_kin(session, footprint, day), reaches=reaches,
        interest=interest, language=language, words=q,
    )  # fmt: skip
    found, cursor = await keyset(session, wanted, paging, Stakeholder.id)
    return page(request, response, await domain.told(session, found, day), cursor)


@router.get("/{stakeholder_id}")
async def stakeholder(
    stakeholder_id: UUID, _: Anyone, session: Session, response: Response, as_of: AsOf = None
) -> StakeholderDetail:
    """Return a group, with its address as long as it agrees to that."""
    found = await domain.one(session, stakeholder_id, as_of or today())
    response.headers["ETag"] = etag(found.version)
    # An address is shown by consent, which may be withdrawn: nobody is to keep it for later readers.
    response.headers["Cache-Control"] = "no-store"
    return found


@router.post("", status_code=201)
async def register_stakeholder(
    new: NewStakeholder, steward: Steward, actor: ActorGiven, session: Session, once: Once, response: Response
) -> StakeholderOut:
    """Register a group that reaches people; its address is kept only with its consent."""
    made = await domain.register(session, new, Act.of(new, steward, actor))
    response.headers["Location"] = f"/v1/stakeholders/{made.id}"
    return once.keep(await told(session, made, response))


@router.post("/{stakeholder_id}/corrections")
async def correct_stakeholder(
    stakeholder_id: UUID,
    given: StakeholderCorrection,
    steward: Steward,
    actor: ActorGiven,
    version: IfMatch,
    session: Session,
    response: Response,
) -> StakeholderOut:
    """Tell something else of a group; its address changes with its consent only."""
    found = await domain.to_change(session, stakeholder_id, steward, version)
    await domain.correct(session, found, given, Act.of(given, steward, actor))
    return await told(session, found, response)


@router.post("/{stakeholder_id}/consent")
async def renew_stakeholder_consent(
    stakeholder_id: UUID,
    given: ConsentRenewed,
    steward: Steward,
    actor: ActorGiven,
    version: IfMatch,
    session: Session,
    response: Response,
) -> StakeholderOut:
    """Keep that a group agreed to have its address shown, for two years at most."""
    found = await domain.to_change(session, stakeholder_id, steward, version)
    await domain.renew(session, found, given, Act.of(given, steward, actor))
    return await told(session, found, response)


@router.post("/{stakeholder_id}/withdrawal")
async def withdraw_stakeholder_consent(
    stakeholder_id: UUID,
    given: StakeholderAct,
    steward: Steward,
    actor: ActorGiven,
    version: IfMatch,
    session: Session,
    response: Response,
) -> StakeholderOut:
    """Erase a group's address at once; a steward of any of its footprints may."""
    found = await domain.to_change(session, stakeholder_id, steward, version, some=True)
    await domain.withdraw(session, found, Act.of(given, steward, actor))
    return await told(session, found, response)


@router.post("/{stakeholder_id}/ending")
async def end_stakeholder(
    stakeholder_id: UUID,
    given: StakeholderEnding,
    steward: Steward,
    actor: ActorGiven,
    version: IfMatch,
    session: Session,
    response: Response,
) -> StakeholderOut:
    """Let a group end: it is listed no more, and its address is erased."""
    found = await domain.to_change(session, stakeholder_id, steward, version)
    await domain.end(session, found, given, Act.of(given, steward, actor))
    return await told(session, found, response)


async def told(session: Session, found: Stakeholder, response: Response) -> StakeholderOut:
    """Return a group as it is now, with its version."""
    response.headers["ETag"] = etag(found.version)
    [shown] = await domain.told(session, [found], today())
    return shown
