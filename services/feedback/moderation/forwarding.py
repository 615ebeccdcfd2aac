"""Forwarding a complaint to who takes it: by a person, and with the agreement of who complains.

The Local Authority Social Services and National Health Service Complaints (England) Regulations 2009 (S.I.
2009/309) let people complain to the body that gave the care or to the board that pays for it. The body
that receives a complaint acknowledges it within three working days after the day of receipt (regulation
13(3)).
"""

from datetime import date
from typing import Annotated

import holidays
from pydantic import AfterValidator, Field

from services.feedback.bodies.domain import BodyFinder
from services.feedback.bodies.heirs import Heirs
from services.feedback.errors import AlreadyForwarded, NoComplaint, NotWhoTakesIt
from services.feedback.items.events import feedback_event, record_handling
from services.feedback.items.view_schemas import AgreedHow, Forwarding
from services.feedback.models import Feedback
from services.feedback.moderation.domain import refuse_if_gone
from shared.change_request import AttributedEditRequest
from shared.clock import day_in_england, now, today
from shared.events.feedback import FeedbackForwarded, FeedbackRestated
from shared.outbox import record
from shared.schemas import BodyRef, Schema

ACKNOWLEDGE_WORKING_DAYS = 3
WORKING_DAYS = holidays.country_holidays("GB", subdiv="ENG")


def check_not_to_come(day: date) -> date:
    """Refuse an agreement that is still to come."""
    if day > today():
        raise ValueError("must not be in the future: ask the person first")
    return day


class NewForwarding(Schema):
    """Who takes a complaint, and how its person agreed to that."""

    to: BodyRef = Field(description="The body that it is about, or the board of its place: by id or code.")
    agreed_on: Annotated[date, AfterValidator(check_not_to_come)] = Field(
        description="When the person agreed to who takes it."
    )
    agreed_how: AgreedHow


async def forward_complaint(
    edit: AttributedEditRequest, feedback: Feedback, new: NewForwarding, bodies: BodyFinder, heirs: Heirs
) -> None:
    """Forward a complaint to a body that it is about, or to its heir; one of UNKNOWN_BODY at `/to`."""
    refuse_if_gone(feedback)
    if feedback.kind != "complaint":
        raise NoComplaint
    if feedback.forwarding is not None:
        raise AlreadyForwarded
    to_id = await bodies.find_body(edit.session, "organisation", new.to, "/to")
    if to_id not in map(heirs.body_today, feedback.bodies):
        raise NotWhoTakesIt.at("/to")
    at = now()
    forwarding = Forwarding(
        to_id=to_id,
        forwarded_at=at,
        forwarded_by_id=edit.caller.organisation_id,
        agreed_on=new.agreed_on,
        agreed_how=new.agreed_how,
        acknowledge_by=last_day_to_acknowledge(day_in_england(at)),
    )
    feedback.forwarding = forwarding.model_dump(mode="json")
    feedback.read_at = feedback.read_at or at
    told = {"forwarded_to_id": to_id, "acknowledge_by": forwarding.acknowledge_by}
    state = feedback_event(FeedbackRestated, feedback).model_dump()
    record(edit.session, feedback, FeedbackForwarded.model_validate(state | told))
    record_handling(edit.session, feedback, "feedback_forwarded", edit.caller, edit.actor)


def last_day_to_acknowledge(received_on: date) -> date:
    """The third working day in England after the day on which a complaint is received."""
    day: date = WORKING_DAYS.get_nth_working_day(received_on, ACKNOWLEDGE_WORKING_DAYS)
    return day
