"""The loop hears of everything that its copies are made of."""

from services.loop.consumers import COPIES
from shared.events import catalogue
from shared.events.feedback import FeedbackMoved, FeedbackState, ReachAssessed
from shared.events.registry import FootprintState, OrganisationState


def test_the_loop_hears_of_every_state_that_it_copies() -> None:
    copied = (FeedbackState, ReachAssessed, FootprintState, OrganisationState)
    told = {event for event in catalogue().values() if issubclass(event, copied)}
    # It names only those whom the feedback left; the revision beside it says whom it is about now.
    assert set(COPIES) == told - {FeedbackMoved}
