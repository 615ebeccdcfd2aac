"""Whom do I talk to? And where that was wrong."""

from typing import Annotated

from fastapi import Depends

from services.registry.lookup.answers import Answers
from services.registry.lookup.placing import NOT_FOUND
from services.registry.routing import domain, misroutes
from services.registry.routing.domain import TopicUnknown
from services.registry.routing.misroutes import MISROUTES, Misroute
from services.registry.routing.rules import RuleBook
from services.registry.routing.schemas import MisrouteOut, NewMisroute, Route, RouteAsked
from services.registry.stewards import ClientChange, NotYourBody, Steward, must_be_operator
from shared.auth import Anyone
from shared.db import Session
from shared.paging import Page, Paging, keyset
from shared.routing import Router
from shared.state import depends_on

router = Router(prefix="/v1/route", tags=["routing"])


Rules = Annotated[RuleBook, Depends(depends_on(RuleBook))]


@router.post("", problems=(TopicUnknown, *NOT_FOUND), only_reads=True)
async def find_route(given: RouteAsked, _: Anyone, session: Session, book: Rules, answers: Answers) -> Route:
    """Find whom to turn to with a matter, in which order, why, and what to do without an answer."""
    return await domain.route_view(session, book, given, answers)


@router.post("/misroutes", status_code=201)
async def report_misroute(new: NewMisroute, book: Rules, change: ClientChange) -> MisrouteOut:
    """Report that a step led wrong. We count it for the rule and keep nothing else."""
    return change.keep(await misroutes.count_misroute(change.session, book, new))


@router.get("/misroutes", problems=(NotYourBody,))
async def list_misroutes(steward: Steward, session: Session, paging: Paging) -> Page[MisrouteOut]:
    """List how often steps led wrong, for the operator's stewards, who have the rules corrected."""
    must_be_operator(steward)
    found, cursor = await keyset(session, MISROUTES, paging, *Misroute.__table__.primary_key)
    return paging.answer([misroutes.misroute_view(each) for each in found], cursor)
