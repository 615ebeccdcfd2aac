"""What refuses the first steps of a loop, judged without a database."""

from dataclasses import replace

import pytest
from sqlalchemy.orm.attributes import set_committed_value

from services.loop.core.attempts import Attempt
from services.loop.core.steps import judge
from services.loop.loops.schemas import Acknowledgement, Statement, Wording
from services.loop.loops.steps import (
    ACKNOWLEDGEMENT,
    OPENING,
    OPENING_BY_RULE,
    STATEMENT,
    example_acknowledgements,
    example_statements,
    example_wordings,
)
from services.loop.models import FeedbackCopy, LoopFeedback
from shared.clock import now
from shared.errors import Problem
from shared.ids import new_id
from tests.loop.requests import attempt_now


def draft_of(*feedback: tuple[str, str]) -> Attempt[None]:
    """An attempt on a draft with feedback of these kinds and states."""
    attempt = attempt_now()
    attempt.loop.state = "draft"
    for position, (kind, state) in enumerate(feedback):
        link = LoopFeedback(feedback_id=new_id(), position=position, asked=[])
        set_committed_value(link, "copy", FeedbackCopy(id=link.feedback_id, kind=kind, state=state))
        attempt.loop.links.append(link)
    return attempt


@pytest.mark.parametrize(
    ("feedback", "moderated", "code"),
    [
        ([("story", "read")], True, None),
        ([], True, "feedback_required"),
        ([("story", "withdrawn"), ("story", "erased")], True, "feedback_required"),
        ([("story", "read"), ("complaint", "read")], True, "complaint_in_loop"),
        ([("story", "read")], False, "moderation_required"),
    ],
)
def test_a_loop_opens_with_feedback_that_is_there_and_words_that_somebody_read(
    feedback: list[tuple[str, str]], moderated: bool, code: str | None
) -> None:
    attempt = draft_of(*feedback).with_request(Wording(moderated=moderated))
    if code is None:
        judge(OPENING, attempt)
        return
    with pytest.raises(Problem) as refused:
        judge(OPENING, attempt)
    assert refused.value.code == code


def test_a_draft_that_others_raised_opens_though_its_words_were_taken_away() -> None:
    attempt = draft_of(("story", "erased"))
    attempt.loop.raiser_id = new_id()
    judge(OPENING_BY_RULE, attempt)


def test_a_rule_opens_a_loop_whose_words_nobody_has_read() -> None:
    judge(OPENING_BY_RULE, draft_of(("story", "read")))


def test_an_acknowledgement_names_the_preview_as_it_is_now() -> None:
    attempt = replace(draft_of(("story", "read")), preview_id="0123456789abcdef")
    attempt.loop.state = "open"
    [example] = example_acknowledgements(attempt)
    assert example.moderated
    seen = example.model_copy(update={"preview_id": attempt.preview_id})
    judge(ACKNOWLEDGEMENT, attempt.with_request(seen))
    for blind in (example, Acknowledgement(preview_id="another")):
        with pytest.raises(Problem) as refused:
            judge(ACKNOWLEDGEMENT, attempt.with_request(blind))
        assert refused.value.code == "preview_required"


def test_words_are_read_once_and_a_body_states_once() -> None:
    attempt = draft_of(("story", "read"))
    assert len([*example_wordings(attempt), *example_statements(attempt)]) == 2
    attempt.loop.state, attempt.loop.moderated_at, attempt.loop.stated_at = "open", now(), now()
    assert [*example_wordings(attempt), *example_statements(attempt)] == []
    with pytest.raises(Problem) as refused:
        judge(STATEMENT, attempt.with_request(Statement(statement="We know.")))
    assert refused.value.code == "statement_given"
