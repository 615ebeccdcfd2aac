"""The say of other bodies: what was said about them in a body's place is answered there if they agree."""

from collections.abc import Iterator, Mapping, Sequence
from uuid import UUID

from pydantic import Field
from sqlalchemy.ext.asyncio import AsyncSession

from services.loop.copies.domain import Body, heir_today
from services.loop.core.attempts import Attempt, attempt_by_rule
from services.loop.core.steps import Effect, Judged, Request, Step, StepRoute, guard, judge, take
from services.loop.errors import AgreementRequired, FeedbackAboutOthers
from services.loop.history.domain import texts_in
from services.loop.models import FeedbackCopy, Loop, LoopLeft
from shared.clock import now
from shared.disclosure import public_count
from shared.errors import FieldError
from shared.events import loop as events
from shared.schemas import Schema

ABOUT_OTHERS = "This feedback is about another body."


class Agreement(Schema):
    """Says whether another body answers what was said about yours."""

    agreed: bool = Field(
        description="Whether you agree. If not, the draft loses the feedback that is about you. No answer in"
        " five working days is a no."
    )


@guard(AgreementRequired)
def is_agreed(attempt: Attempt[Schema | None]) -> None:
    """Refuse a loop whose feedback is about bodies that have not agreed."""
    if asked := attempt.loop.bodies_asked:
        detail = f"Not agreed yet: {', '.join(map(str, asked))}."
        raise AgreementRequired(errors=[FieldError(pointer="/feedback_ids", detail=detail)])


def example_agreements(attempt: Attempt[None]) -> Iterator[Agreement]:
    """An agreement, where somebody was asked for it."""
    if attempt.loop.bodies_asked or attempt.loop.agreed:
        yield Agreement(agreed=True)


AGREEMENT = Step[Agreement](
    name="agreement",
    sources=("draft",),
    event=events.LoopRestated,
    route=StepRoute(
        summary="Let another body answer what was said about yours",
        whose="asked",
        examples=example_agreements,
    ),
)
AGREEMENT_BY_RULE = Step[None](name="agreement_by_rule", sources=AGREEMENT.sources, event=events.LoopRestated)


async def bodies_to_ask(
    session: AsyncSession, body: Body, known: Mapping[UUID, FeedbackCopy]
) -> dict[UUID, list[UUID]]:
    """The bodies that must agree, by feedback: it is about them, in the place of the body that answers.

    What was said about a body that closed is about its heir, or without one about the board of the place that
    it stood in. FeedbackAboutOthers for all other feedback:
    nobody gets mail from a body that they did not speak about.
    """
    answering = body.organisation_id or body.footprint_id
    others = {linked: copy for linked, copy in known.items() if answering not in copy.named}
    bodies = {each for copy in others.values() for each in copy.organisations}
    heirs = {each: await heir_today(session, each) or each for each in bodies}
    about = {linked: [heirs[each] for each in copy.named] for linked, copy in others.items()}
    asked = {linked: list(dict.fromkeys(each)) for linked, each in about.items() if answering not in each}
    wrong = [
        linked for linked in asked if answering not in {heirs[each] for each in others[linked].organisations}
    ]
    if wrong:
        raise FeedbackAboutOthers(errors=errors_at(list(known), wrong, ABOUT_OTHERS))
    return asked


def errors_at(feedback_ids: Sequence[UUID], wrong: Sequence[UUID], detail: str) -> list[FieldError]:
    """Errors that point to the wrong ones in the request."""
    return [
        FieldError(pointer=f"/feedback_ids/{feedback_ids.index(linked)}", detail=detail) for linked in wrong
    ]


async def keep_agreement(
    session: AsyncSession, judged: Judged[Request], organisation: UUID, *, agreed: bool
) -> None:
    """Keep in a locked draft and its history what a body said, or that it said nothing."""
    loop = judged.attempt.loop
    left = agree(loop, organisation, agreed=agreed)
    session.add_all(left)
    facts = {"organisation": organisation, "agreed": agreed, "left_out": public_count(len(left))}
    take(session, judged, Effect(facts=facts, texts=await texts_in(loop, "linked") if left else {}))


async def count_silence(session: AsyncSession, loop: Loop) -> None:
    """Count the silence of each body that a locked draft still waits for as a no.

    A body that never answers would close the draft to all others for ever.
    """
    while asked := loop.bodies_asked:
        judged = judge(AGREEMENT_BY_RULE, attempt_by_rule(loop))
        await keep_agreement(session, judged, asked[0], agreed=False)


def agree(loop: Loop, organisation: UUID, *, agreed: bool) -> list[LoopLeft]:
    """Keep what a body said; without its agreement what is about it leaves the draft: that is returned."""
    loop.agreed = [each for each in loop.agreed if each != organisation]
    if agreed:
        loop.agreed = [*loop.agreed, organisation]
        return []
    gone = [link for link in loop.links if organisation in link.asked]
    loop.links[:] = [link for link in loop.links if link not in gone]
    return [
        LoopLeft(
            loop_id=loop.id,
            feedback_id=link.feedback_id,
            left_at=now(),
            taken_back_at=link.taken_back_at,
            complaint_at=link.set_aside_at,
        )
        for link in gone
    ]
