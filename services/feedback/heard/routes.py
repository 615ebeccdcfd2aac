"""Who was heard, over HTTP."""

from services.feedback.heard.domain import who_was_heard
from services.feedback.heard.schemas import WhoWeHeard
from services.feedback.items.intake import Tools
from shared.auth import Anyone
from shared.copies import UNKNOWN_BODY
from shared.db import Session
from shared.routing import Router
from shared.schemas import BodyRef

router = Router(prefix="/v1/who-we-heard", tags=["feedback"])


@router.get("", problems=UNKNOWN_BODY)
async def read_who_we_heard(_: Anyone, session: Session, tools: Tools, footprint: BodyRef) -> WhoWeHeard:
    """Compare who was heard about a footprint with who lives there, in the last four settled quarters.

    All see the same, also the body: numbers are rounded down and never change, so none tells of a person.
    """
    found = await tools.bodies.find_bodies_along(session, "footprint", footprint, "/query/footprint")
    return await who_was_heard(session, found or [])
