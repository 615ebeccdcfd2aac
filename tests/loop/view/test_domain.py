"""A loop as others see it: without words that nobody moderated and feedback that is not published."""

from uuid import UUID

from sqlalchemy.orm.attributes import set_committed_value

from services.loop.models import FeedbackCopy, Loop, LoopFeedback
from services.loop.records import Commitment, Evidence, Verification
from services.loop.view.domain import commitment_views, evidence_views, loop_summary
from services.loop.view.queries import Rows
from shared.auth import Caller
from shared.clock import now
from shared.ids import new_id
from tests.fixtures.clients import ServiceClient
from tests.loop.conftest import Publish
from tests.loop.scenes import scene_of

BODY = new_id()
INSIDE = Caller(new_id(), BODY, "engagement", frozenset({"loop:read"}))


def loop_of(*states: str, moderated: bool = False) -> Loop:
    """A loop whose feedback is in these states."""
    loop = Loop(
        id=new_id(),
        version=1,
        state="open",
        title="Doors",
        you_said="Heavy.",
        organisation_id=BODY,
        footprint_id=None,
        raiser_id=None,
        raised_by="body",
        client_id=new_id(),
        actor="a",
        actor_role="r",
        drafted_at=now(),
        moderated_at=now() if moderated else None,
        you_said_agreed="not_asked",
        wording="as_raised",
        demonstration=False,
        heir_uncertain=False,
        owner_to_be_named=False,
        slips=0,
        halts=0,
        agreed=[],
        history_head="",
        history_length=1,
        links=[],
    )
    for position, state in enumerate(states):
        link = LoopFeedback(feedback_id=UUID(int=position), position=position, asked=[])
        set_committed_value(link, "copy", FeedbackCopy(id=link.feedback_id, state=state))
        loop.links.append(link)
    return loop


def test_the_body_sees_its_words_and_all_its_feedback() -> None:
    shown = loop_summary(INSIDE, loop_of("received", "published"))
    assert (shown.title, len(shown.feedback_ids)) == ("Doors", 2)


def test_others_see_published_feedback_and_moderated_words_only() -> None:
    hidden = loop_summary(Caller(), loop_of("received", "published"))
    assert (hidden.title, hidden.you_said, [each.int for each in hidden.feedback_ids]) == (None, None, [1])
    assert loop_summary(Caller(), loop_of(moderated=True)).title == "Doors"


async def test_evidence_comes_with_its_judgement_and_stands_at_its_promise(
    service: ServiceClient, publish: Publish
) -> None:
    scene = await scene_of(service, publish)
    evidence = await scene.claimed()
    judgement = {"accept": False, "reason": "The photo shows another door, at another house."}
    loop = await scene.done(scene.judge, f"/v1/evidence/{evidence['id']}/verification", judgement)
    [shown] = loop["commitments"][0]["evidence"]
    assert (shown["id"], shown["verification"]["accepted"]) == (evidence["id"], False)
    assert loop["evidence"] == []


def test_a_loop_without_parts_shows_none() -> None:
    rows: Rows = {Evidence: [], Verification: [], Commitment: []}
    assert evidence_views(rows) == []
    assert commitment_views(rows, []) == []
