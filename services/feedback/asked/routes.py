"""What was asked before, for everybody."""

from typing import Annotated

from pydantic import AfterValidator

from services.feedback.asked import domain
from services.feedback.asked.schemas import AskedBefore
from services.feedback.items.intake import Tools
from services.feedback.themes.taxonomy import check_theme_of_today
from shared.auth import Anyone
from shared.copies import UNKNOWN_BODY
from shared.db import Session
from shared.routing import Router
from shared.schemas import BodyRef, Code

router = Router(prefix="/v1/asked-before", tags=["search"])
Theme = Annotated[Code, AfterValidator(check_theme_of_today)]


@router.get("", problems=UNKNOWN_BODY)
async def find_asked_before(
    _: Anyone, session: Session, tools: Tools, footprint: BodyRef, theme: Theme
) -> AskedBefore:
    """See what is known already about a theme in a place: how often, when, in which way, what was done.

    Look here before you ask people again.
    """
    along = await tools.bodies.find_bodies_along(session, "footprint", footprint, "/query/footprint")
    return await domain.asked_before(session, along or [], theme)
