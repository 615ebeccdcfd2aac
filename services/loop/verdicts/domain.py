"""Verdicts: given with a code alone, changed until the time is over, shown without small numbers."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import cast
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.loop.core.access import LOOP_SCOPES, find_loop, is_responsible, lock_loop
from services.loop.errors import LoopToBeNamed, MailedCodeRequired, VerdictNotOpen
from services.loop.models import Loop
from services.loop.records import Verdict
from services.loop.verdicts import queries
from services.loop.verdicts.counting import ANSWERS, figures_of_loop
from services.loop.verdicts.queries import Voter
from services.loop.verdicts.schemas import Comment, NewVerdict, VerdictOut, VerdictsGiven, VerdictsView
from shared.auth import Caller
from shared.clock import now
from shared.codes import ReplyCodeUnknown, read_code, ref_of
from shared.disclosure import SMALL
from shared.errors import FieldError
from shared.ids import new_id
from shared.masking import RULES, cover_fields_apart

# The fields of a verdict's view that are no columns.
MADE_HERE = ("given_with", "open_until", "masked")
TOO_FEW = "There are too few answers to say."
UNWITNESSED = "Too few answers are witnessed to say. The others are counted apart, and confirm nothing alone."
LATER = "The answers are shown in public when the time for verdicts is over."
ENOUGH = "This is what the people who were told make of it."


async def give_verdict(session: AsyncSession, new: NewVerdict, ref_key: bytes) -> VerdictOut:
    """Store the verdict of a code's holder; a later one replaces it, but none with a lesser code."""
    voter = await find_voter(session, new.reply_code, ref_key)
    found = await loop_to_judge(session, new, voter.reply_ref)
    loop = await lock_loop(session, found.id)
    if loop.state != "verdict_open":
        raise VerdictNotOpen
    witnessed = await queries.is_witnessed(session, loop, voter)
    verdict = await queries.verdict_by(session, loop.id, voter.reply_ref)
    if verdict is None:
        reply_ref = voter.reply_ref
        verdict = Verdict(id=new_id(), loop_id=loop.id, reply_ref=reply_ref, given_at=now(), changes=0)
        session.add(verdict)
    elif not may_change(voter, verdict, witnessed=witnessed):
        raise MailedCodeRequired
    else:
        verdict.changed_at, verdict.changes = now(), verdict.changes + 1
    verdict.witnessed, verdict.mailed_ref = witnessed, voter.mailed_ref
    for name in ANSWERS:
        setattr(verdict, name, getattr(new, name))
    covered = await cover_fields_apart({"comment": new.comment})
    verdict.comment, verdict.masked_with = cast(str | None, covered.shown["comment"]), RULES
    view = await verdict_view(session, verdict)
    return view.model_copy(update={"masked": list(covered.masks)})


async def find_voter(session: AsyncSession, code: str, ref_key: bytes) -> Voter:
    """Whose code somebody typed; ReplyCodeUnknown."""
    voter = await queries.voter_of_code(session, ref_of(ref_key, read_code(code)))
    if voter is None:
        raise ReplyCodeUnknown
    return voter


def may_see(voter: Voter, verdict: Verdict) -> bool:
    """Whether the code in use sees a verdict: no other code sees what a mailed code gave."""
    return verdict.mailed_ref is None or verdict.mailed_ref == voter.mailed_ref


def may_change(voter: Voter, verdict: Verdict, *, witnessed: bool) -> bool:
    """Whether the code in use changes a verdict: its own, that of a reply code, or one that nobody witnesses.

    The last was given from an address that came after, or is a public body's.
    """
    outranks = voter.mailed_ref is not None and witnessed and not verdict.witnessed
    return may_see(voter, verdict) or outranks


async def verdict_view(session: AsyncSession, verdict: Verdict) -> VerdictOut:
    """A verdict as the holder of its code sees it: also that it was changed, how often and when."""
    answer = {name: getattr(verdict, name) for name in VerdictOut.model_fields if name not in MADE_HERE}
    code = "mailed_code" if verdict.mailed_ref else "reply_code"
    open_until = await queries.open_until(session, verdict.loop_id)
    return VerdictOut(**answer, given_with=code, open_until=open_until)


async def look_up_verdicts(session: AsyncSession, reply_code: str, ref_key: bytes) -> VerdictsGiven:
    """The verdicts of a code's holder; ReplyCodeUnknown where no public loop answers what they said."""
    voter = await find_voter(session, reply_code, ref_key)
    if not await queries.loops_answering(session, voter.reply_ref):
        raise ReplyCodeUnknown
    given = await queries.verdicts_by(session, voter.reply_ref)
    return VerdictsGiven(
        verdicts=[await verdict_view(session, each) for each in given if may_see(voter, each)],
        given_by_mail=[each.loop_id for each in given if not may_see(voter, each)],
    )


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
        **asdict(figures_of_loop(verdicts, own=own, closed=loop.state == "closed")),
        loop_id=loop.id,
        too_few=len(verdicts) < SMALL,
        message=message_about(loop, verdicts, own=own),
        comments=list(comments_in(verdicts)) if own else [],
    )


def message_about(loop: Loop, verdicts: Sequence[Verdict], *, own: bool) -> str:
    """What these verdicts allow to say."""
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
