"""Who would be told, and that the id of the preview changes with them."""

from typing import get_args
from uuid import UUID

import pytest
from sqlalchemy.orm.attributes import set_committed_value

from services.loop.models import FeedbackCopy, Loop, LoopFeedback, ReachCopy
from services.loop.tellings.domain import preview_tellings, reachable_feedback
from shared.disclosure import FEWER, HELD
from shared.events.feedback import ReachState
from shared.ids import new_id


def loop_with(*reachable: bool, unknown: int = 0) -> Loop:
    """A loop whose contributors can be told or not; of some the copy has not arrived."""
    loop = Loop(id=UUID(int=1), links=[], state="open")
    for position, flag in enumerate(reachable):
        link = LoopFeedback(feedback_id=UUID(int=position), position=position, asked=[])
        copy = FeedbackCopy(id=link.feedback_id, kind="story", state="read", reachable=flag)
        set_committed_value(link, "copy", copy)
        loop.links.append(link)
    for position in range(unknown):
        link = LoopFeedback(feedback_id=new_id(), position=len(reachable) + position, asked=[])
        set_committed_value(link, "copy", None)
        loop.links.append(link)
    return loop


def assess(loop: Loop, position: int, reach: ReachState, reason: str | None = None) -> None:
    """Let the copy have arrived of whether mail reaches a contributor."""
    link = loop.links[position]
    copy = ReachCopy(id=new_id(), feedback_id=link.feedback_id, reach=reach, reason=reason)
    set_committed_value(link, "reach", copy)


def test_a_preview_counts_the_people_and_those_who_can_be_told() -> None:
    preview = preview_tellings(loop_with(True, False, True, unknown=1), "acknowledged")
    assert (preview.contributors, set(preview.reach.values()), preview.reasons) == (4, {HELD}, None)
    many = preview_tellings(loop_with(*[True] * 9, unknown=3), "acknowledged")
    assert many.reach == {"reachable": FEWER, "held": FEWER, "unreachable": FEWER, "unassessed": 9}


def test_a_preview_says_whose_mail_is_held_and_whom_none_reaches() -> None:
    loop = loop_with(*[True] * 14, *[False] * 5)
    for position in range(14):
        reach: ReachState = "held" if position < 7 else "reachable" if position < 9 else "unreachable"
        assess(loop, position, reach, "suppressed" if reach == "unreachable" else None)
    assess(loop, 14, "reachable")  # with an address, and without permission
    loop.links.pop()
    preview = preview_tellings(loop, "acknowledged")
    assert preview.reach == {"reachable": FEWER, "held": 7, "unreachable": 9, "unassessed": FEWER}


def sent(loop: Loop, position: int, sender: UUID) -> None:
    """Let the copy say who sent a piece of feedback."""
    copy = loop.links[position].copy
    assert copy
    copy.sender_id = sender


@pytest.mark.parametrize("last", [True, False])
def test_people_whom_the_reader_knows_do_not_tell_of_one_beside_them(*, last: bool) -> None:
    body, shown = new_id(), set()
    for reachable in (True, False):
        loop = loop_with(*[True] * 10, *[False] * (10 if last else 0), reachable)
        for position in range(len(loop.links) - 1):
            sent(loop, position, body)
        sent(loop, -1, new_id())
        preview = preview_tellings(loop, "acknowledged", insiders={body})
        shown.add(str((preview.reach, preview.reasons)))
    assert len(shown) == 1


def test_people_whom_an_earlier_loop_counts_do_not_tell_of_one_beside_them() -> None:
    shown = set()
    for reachable in (True, False):
        loop = loop_with(*[True] * 10, *[False] * 10, reachable)
        before = loop.feedback_ids[:-1]
        preview = preview_tellings(loop, "acknowledged", before)
        shown.add(str((preview.reach, preview.reasons)))
    assert len(shown) == 1


def test_what_each_group_shows_is_summed() -> None:
    loop = loop_with(*[True] * 20, *[False] * 20, True, True)
    body = loop.organisation_id = new_id()
    for position in range(42):
        sent(loop, position, body if position % 2 else new_id())
    for position in range(4):
        assess(loop, position, "held")
    reach = preview_tellings(loop, "acknowledged", insiders={body}).reach
    assert (reach["unassessed"], reach["unreachable"]) == (18, 20)
    reach = preview_tellings(loop, "acknowledged", loop.feedback_ids[:2], {body}).reach
    assert (reach["unassessed"], reach["unreachable"]) == ("at least 18", "at least 20")


def test_the_id_stands_for_what_is_shown_of_those_left_out_and_not_for_when_mail_goes() -> None:
    ids = []
    for reach in get_args(ReachState):
        loop = loop_with(*[True] * 14)
        for position in range(12):
            assess(loop, position, reach if position < 6 else "reachable")
        ids.append(preview_tellings(loop, "acknowledged").preview_id)
        assert len(reachable_feedback(loop)) == 14  # as before: the teller says what became of each
    assert ids[2] not in ids[:2]


def test_the_id_changes_with_who_would_be_told_and_with_what() -> None:
    two, three = loop_with(True, True), loop_with(True, True, True)
    ids = [
        preview_tellings(two, "acknowledged").preview_id,
        preview_tellings(three, "acknowledged").preview_id,
        preview_tellings(two, "decided").preview_id,
    ]
    assert len(set(ids)) == 3
    assert preview_tellings(loop_with(True, False), "acknowledged").preview_id == ids[0]


def test_people_are_told_in_the_order_of_their_feedback() -> None:
    assert [copy.id.int for copy in reachable_feedback(loop_with(True, False, True))] == [0, 2]
