"""Who is kin: feedback and the loop keep one rule, each over its own copies."""

from services.feedback.bodies import queries as of_feedback
from services.loop.core import queries as of_loop


def test_feedback_and_the_loop_agree_who_is_kin() -> None:
    assert str(of_feedback.KIN) == str(of_loop.KIN)
    assert of_feedback.HEIR_NAMED_WITHIN == of_loop.HEIR_NAMED_WITHIN
