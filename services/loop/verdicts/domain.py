"""Verdicts: given with a reply code alone, changed until the time is over, shown without small numbers."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import get_args
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.loop.core.access import LOOP_SCOPES, find_loop, is_responsible, lock_loop
from services.loop.errors import LoopToBeNamed, VerdictNotOpen
from services.loop.models import Loop
from services.loop.records import Verdict
from services.loop.verdicts import queries
from services.loop.verdicts.schemas import Comment, DidItHappen, NewVerdict, VerdictOut, VerdictsView, Worth
from shared.auth import Caller
from shared.clock import now
from shared.codes import ReplyCodeUnknown, read_code, ref_of
from shared.disclosure import SMALL, public_count, public_distribution
from shared.errors import FieldError
from shared.ids import new_id

ANSWERS = ("did_it_happen", "worth", "explained_well", "felt_heard")
CHOICES = {"did_it_happen": get_args(DidItHappen), "worth": get_args(Worth)} | dict.fromkeys(
    ANSWERS[2:], range(1, 6)
)
TOO_FEW = "There are too few answers to say."
ENOUGH = "This is what the people who were told make of it."


async def give_verdict(session: AsyncSession, new: NewVerdict, ref_key: bytes) -> VerdictOut:
    """Store the verdict of a reply code's holder; a later verdict with the same code replaces it."""
    reply_ref = ref_of(ref_key, read_code(new.reply_code))
    found = await loop_to_judge(session, new, reply_ref)
    loop = await lock_loop(session, found.id)
    if loop.state != "verdict_open":
        raise VerdictNotOpen
    verdict = await queries.verdict_by(session, loop.id, reply_ref)
    if verdict is None:
        verdict = Verdict(id=new_id(), loop_id=loop.id, reply_ref=reply_ref, given_at=now())
        session.add(verdict)
    else:
        verdict.changed_at = now()
    for name in (*ANSWERS, "comment"):
        setattr(verdict, name, getattr(new, name))
    answer = {name: getattr(verdict, name) for name in VerdictOut.model_fields if name != "open_until"}
    return VerdictOut(**answer, open_until=await queries.open_until(session, loop.id))


async def loop_to_judge(session: AsyncSession, new: NewVerdict, reply_ref: str) -> Loop:
    """The loop that a verdict is on: the one named, or the only one that asks for it."""
    loops = await queries.loops_answering(session, reply_ref)
    if new.loop_id:
        loops = [loop for loop in loops if loop.id == new.loop_id]
    if not loops:
        raise ReplyCodeUnknown
    asking = [loop for loop in loops if loop.state == "verdict_open"]
    if len(asking) > 1:
        detail = "These loops ask for a verdict: " + ", ".join(str(loop.id) for loop in asking) + "."
        raise LoopToBeNamed(errors=[FieldError(pointer="/loop_id", detail=detail)])
    return asking[0] if asking else loops[0]


async def verdicts_view(session: AsyncSession, caller: Caller, loop_id: UUID) -> VerdictsView:
    """People's verdicts on a loop; only the body that must answer sees small numbers and comments."""
    loop = await find_loop(session, caller, loop_id)
    verdicts = await queries.verdicts_of(session, loop)
    own = is_responsible(caller, loop) and bool(caller.scopes & LOOP_SCOPES)
    return VerdictsView(
        loop_id=loop.id,
        verdicts=len(verdicts) if own else public_count(len(verdicts)),
        too_few=len(verdicts) < SMALL,
        message=TOO_FEW if len(verdicts) < SMALL else ENOUGH,
        **{name: count_answers(verdicts, name, own=own) for name in ANSWERS},
        comments=list(comments_in(verdicts)) if own else [],
    )


def count_answers(verdicts: Sequence[Verdict], name: str, *, own: bool) -> dict[str, int | str] | None:
    """How often each answer was given; in public without small numbers."""
    given = Counter(getattr(verdict, name) for verdict in verdicts)
    counts = {str(choice): given[choice] for choice in CHOICES[name]}
    return dict(counts) if own else public_distribution(counts)


def comments_in(verdicts: Iterable[Verdict]) -> Iterable[Comment]:
    """What people wrote with their verdicts."""
    return (
        Comment(did_it_happen=each.did_it_happen, comment=each.comment, given_at=each.given_at)
        for each in verdicts
        if each.comment
    )
