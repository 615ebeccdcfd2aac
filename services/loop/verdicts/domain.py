"""Verdicts: given with a code alone, changed until the time is over, shown without small numbers."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import cast
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.loop.core.access import LOOP_SCOPES, find_loop, is_responsible, lock_loop
from services.loop.errors import LoopToBeNamed, VerdictNotOpen
from services.loop.models import Loop
from services.loop.records import Verdict
from services.loop.tellings.witnessing import choose_standing, verdicts_by_person
from services.loop.verdicts import queries
from services.loop.verdicts.counting import ANSWERS, counted_verdicts, figures_of_loop, is_running
from services.loop.verdicts.queries import Voter
from services.loop.verdicts.schemas import Comment, NewVerdict, VerdictOut, VerdictsGiven, VerdictsView
from shared.auth import Caller
from shared.clock import now
from shared.codes import ReplyCodeUnknown, read_code, ref_of
from shared.disclosure import SMALL
from shared.errors import FieldError, invalid
from shared.ids import new_id
from shared.masking import RULES, cover_fields_apart

# The fields of a verdict's view that are no columns.
MADE_HERE = ("given_with", "open_until", "notice", "masked")
# The same for everybody: it must not tell who holds one code whether the other was used.
NOTICE = "If you have also had mail about this: a verdict with the code in the mail counts before this one."
NOTICE_OF_MAIL = "This counts before a verdict with your other code."
OTHER_LOOP = "This loop does not answer what you said, or is not public. Leave it out, or name another."
TOO_FEW = "There are too few answers to say."
UNWITNESSED = "Too few answers are witnessed to say. The others are counted apart, and confirm nothing alone."
LATER = "People give their verdict now. In public this is shown when the time for it is over."
ENOUGH = "This is what the people who were told make of it."


async def give_verdict(session: AsyncSession, new: NewVerdict, ref_key: bytes) -> VerdictOut:
    """Store what a code gives; its holder may change it, and learns nothing of what another code gave."""
    voter = await find_voter(session, new.reply_code, ref_key)
    found = await loop_to_judge(session, new, voter.reply_ref)
    loop = await lock_loop(session, found.id)
    if loop.state != "verdict_open" or is_time_over(loop):
        raise VerdictNotOpen
    witnessed = await queries.is_witnessed(session, loop, voter)
    covered = await cover_fields_apart({"comment": new.comment})
    given = await verdicts_by_person(session, loop.id, voter.reply_ref)
    verdict = next((each for each in given if each.mailed_ref == voter.mailed_ref), None)
    if verdict is None:
        verdict = Verdict(
            id=new_id(),
            loop_id=loop.id,
            reply_ref=voter.reply_ref,
            mailed_ref=voter.mailed_ref,
            given_at=now(),
            changes=0,
        )
        session.add(verdict)
        given.append(verdict)
    else:
        verdict.changed_at, verdict.changes = now(), verdict.changes + 1
    verdict.witnessed = witnessed
    for name in ANSWERS:
        setattr(verdict, name, getattr(new, name))
    verdict.comment, verdict.masked_with = cast(str | None, covered.shown["comment"]), RULES
    choose_standing(loop, given)
    view = await verdict_view(session, verdict)
    return view.model_copy(update={"masked": list(covered.masks)})


def is_time_over(loop: Loop) -> bool:
    """Whether the time for verdicts on a locked loop has ended, though no rule has closed it yet."""
    return any(each.kind == "verdict" and each.met_at is None and each.due_at < now() for each in loop.clocks)


async def find_voter(session: AsyncSession, code: str, ref_key: bytes) -> Voter:
    """Whose code somebody typed; ReplyCodeUnknown."""
    voter = await queries.voter_of_code(session, ref_of(ref_key, read_code(code)))
    if voter is None:
        raise ReplyCodeUnknown
    return voter


def may_see(voter: Voter, verdict: Verdict) -> bool:
    """Whether the code in use sees a verdict: no other code sees what a mailed code gave, or that it did."""
    return verdict.mailed_ref is None or verdict.mailed_ref == voter.mailed_ref


async def verdict_view(session: AsyncSession, verdict: Verdict) -> VerdictOut:
    """A verdict as the holder of its code sees it: also that it was changed, how often and when."""
    answer = {name: getattr(verdict, name) for name in VerdictOut.model_fields if name not in MADE_HERE}
    code = "mailed_code" if verdict.mailed_ref else "reply_code"
    open_until = await queries.open_until(session, verdict.loop_id)
    notice = NOTICE_OF_MAIL if verdict.mailed_ref else NOTICE
    return VerdictOut(**answer, given_with=code, open_until=open_until, notice=notice)


async def look_up_verdicts(session: AsyncSession, reply_code: str, ref_key: bytes) -> VerdictsGiven:
    """The verdicts of a code's holder: none where no public loop answers what they said."""
    voter = await find_voter(session, reply_code, ref_key)
    given = await queries.verdicts_by(session, voter.reply_ref)
    return VerdictsGiven(
        verdicts=[await verdict_view(session, each) for each in given if may_see(voter, each)]
    )


async def loop_to_judge(session: AsyncSession, new: NewVerdict, reply_ref: str) -> Loop:
    """The loop that a verdict is on: the one named, or the only one that asks for it.

    The code is right here: no refusal is a 404, which would count as a guess.
    """
    loops = await queries.loops_answering(session, reply_ref)
    if new.loop_id:
        loops = [loop for loop in loops if loop.id == new.loop_id]
        if not loops:
            raise invalid("/loop_id", OTHER_LOOP)
    if not loops:
        raise VerdictNotOpen
    asking = [loop for loop in loops if loop.state == "verdict_open"]
    if len(asking) > 1:
        detail = "These loops ask for a verdict: " + ", ".join(str(loop.id) for loop in asking) + "."
        raise LoopToBeNamed(errors=[FieldError(pointer="/loop_id", detail=detail)])
    return asking[0] if asking else loops[0]


async def verdicts_view(session: AsyncSession, caller: Caller, loop_id: UUID) -> VerdictsView:
    """People's verdicts on a loop; only the body that must answer sees small numbers and comments."""
    loop = await find_loop(session, caller, loop_id)
    given = await queries.verdicts_of(session, loop)
    verdicts = counted_verdicts(given, loop.state)
    own = is_responsible(caller, loop) and bool(caller.scopes & LOOP_SCOPES)
    return VerdictsView(
        **asdict(figures_of_loop(verdicts, own=own, state=loop.state)),
        loop_id=loop.id,
        too_few=len(verdicts) < SMALL or is_running(loop.state, own=own),
        message=message_about(loop, verdicts, own=own),
        comments=list(comments_in(given)) if own else [],
    )


def message_about(loop: Loop, verdicts: Sequence[Verdict], *, own: bool) -> str:
    """What these verdicts allow to say."""
    if is_running(loop.state, own=own):
        return LATER
    if len(verdicts) < SMALL:
        return TOO_FEW
    if not own and loop.state != "closed":
        return LATER
    return ENOUGH if sum(each.witnessed for each in verdicts) >= len(verdicts) / 2 else UNWITNESSED


def comments_in(verdicts: Iterable[Verdict]) -> Iterable[Comment]:
    """What people wrote with their verdicts."""
    return (
        Comment(did_it_happen=each.did_it_happen, comment=each.comment, given_at=each.given_at)
        for each in verdicts
        if each.comment
    )
