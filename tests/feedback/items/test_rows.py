"""What becomes of a piece of feedback in rows: nothing is dropped, and the same content is known again."""

import base64
from types import SimpleNamespace
from typing import Any, cast

from services.feedback.bodies.schemas import FeedbackBodies
from services.feedback.codes import ReplyKeys
from services.feedback.items.intake import IntakeTools
from services.feedback.items.rows import content_of_feedback, digest_of_feedback
from services.feedback.items.schemas import NewFeedback
from services.feedback.models import Feedback
from shared.columns import revised_columns
from tests.feedback.examples import something_said

# What is kept elsewhere than under its own name: with the bodies, apart under seals, or only as a mark.
KEPT_ELSEWHERE = {
    "footprint",
    "postcode",
    "organisation",
    "organisations",
    "contributor",
    "demographics",
    "external_id",
    "urgent",
    "reply_code",
}
TOOLS = cast(IntakeTools, SimpleNamespace(codes=ReplyKeys(base64.b64encode(bytes(32)).decode())))


class LaterFeedback(NewFeedback):
    """Feedback as a later version might take it."""

    what_went_well: str | None = None
    helpers: tuple[str, ...] = ()


def new_feedback(shape: type[NewFeedback] = NewFeedback, **fields: Any) -> NewFeedback:
    """Feedback of a shape."""
    return shape.model_validate(something_said("ods:RX6") | fields)


def test_every_field_is_kept_under_its_name_or_elsewhere() -> None:
    assert set(NewFeedback.model_fields) == (set(revised_columns(Feedback)) - {"left_out"}) | KEPT_ELSEWHERE
    assert set(content_of_feedback(new_feedback(), FeedbackBodies(None, []))) == set(
        revised_columns(Feedback)
    )


def test_the_same_content_has_the_same_digest_in_a_later_version() -> None:
    now, later = new_feedback(), new_feedback(LaterFeedback)
    assert digest_of_feedback(now, TOOLS) == digest_of_feedback(later, TOOLS)


def test_other_content_has_another_digest() -> None:
    digests = [
        digest_of_feedback(each, TOOLS)
        for each in (
            new_feedback(),
            new_feedback(text="Something else."),
            new_feedback(LaterFeedback, what_went_well="The nurse."),
            new_feedback(urgent=True),
        )
    ]
    assert len(set(digests)) == len(digests)
