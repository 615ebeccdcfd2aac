"""With a reply code alone, anyone sees what happened to their feedback and can withdraw it."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.feedback.bodies.heirs import Heirs
from services.feedback.codes import ReplyKeys, WrongCodes
from services.feedback.errors import ReplyCodeNotUsed, SourceUnknown
from services.feedback.items.events import GONE
from services.feedback.items.intake import IntakeTools
from services.feedback.models import Feedback, ReplyCode
from services.feedback.moderation.domain import erase, withdraw
from services.feedback.moderation.keys import ErasureKeys
from services.feedback.moderation.rights import BY_CONTRIBUTOR, refuse_succeeded
from services.feedback.replies import queries
from services.feedback.replies.schemas import (
    NewReplyCodes,
    ReplyCodes,
    ReplyResult,
    ReplyView,
    Unsubscribed,
    Withdrawal,
)
from services.feedback.replies.views import UNUSED, reply_views, views_with_loops
from services.feedback.sending.models import Unsubscription
from services.feedback.sources.queries import find_source
from shared.auth import Caller
from shared.clock import now
from shared.codes import ReplyCodeUnknown, read_code
from shared.db import locked
from shared.errors import Problem
from shared.ids import new_id

UNSUBSCRIBED = "You will get no more mail. Your code still shows what happens."


async def issue_reply_codes(
    session: AsyncSession, wanted: NewReplyCodes, caller: Caller, codes: ReplyKeys
) -> ReplyCodes:
    """Make reply codes for a source that the caller has or inherited; feedback uses them later."""
    refuse_succeeded(caller)
    if await find_source(session, wanted.source_id, caller) is None:
        raise SourceUnknown
    issued_at, ids = now(), [new_id() for _ in range(wanted.count)]
    issued = [codes.code_of(code_id) for code_id in ids]
    session.add_all(
        ReplyCode(
            id=code_id,
            reply_ref=codes.ref_of(code),
            source_id=wanted.source_id,
            organisation_id=caller.organisation_id,
            issued_at=issued_at,
        )
        for code_id, code in zip(ids, issued, strict=True)
    )
    return ReplyCodes(source_id=wanted.source_id, issued_at=issued_at, reply_codes=issued)


async def look_up_reply(session: AsyncSession, reply_code: str, codes: ReplyKeys, heirs: Heirs) -> ReplyView:
    """What happened so far, or a plain statement that nothing did."""
    feedback = await find_feedback_by_reply_code(session, reply_code, codes)
    if feedback is None:
        return UNUSED
    return (await views_with_loops(session, [feedback], heirs))[0]


async def look_up_replies(
    session: AsyncSession, given: Sequence[str], client_id: UUID, tools: IntakeTools, heirs: Heirs
) -> list[ReplyResult]:
    """What happened under each of these codes, in their order; a wrong one fails alone.

    After 60 wrong ones in a minute a client learns nothing of the others, whether they are right or not.
    """
    tools.wrong_codes.check(client_id)
    typed = [ref_of_typed(code, tools.codes) for code in given]
    found = await queries.find_by_refs(session, {ref for ref in typed if isinstance(ref, str)})
    said = [each for each in found.values() if each]
    views = await views_with_loops(session, said, heirs)
    by_feedback = {each.id: view for each, view in zip(said, views, strict=True)}
    results = []
    for line, ref in enumerate(typed, 1):
        try:
            feedback = found_under_code(ref, found, client_id, tools.wrong_codes)
        except Problem as problem:
            results.append(ReplyResult(line=line, error=problem.code, detail=problem.detail))
        else:
            results.append(ReplyResult(line=line, reply=by_feedback[feedback.id] if feedback else UNUSED))
    return results


def ref_of_typed(code: str, codes: ReplyKeys) -> str | Problem:
    """The hash by which a typed code is found, or what is wrong with it."""
    try:
        return codes.ref_of(read_code(code))
    except Problem as problem:
        return problem


def found_under_code(
    ref: str | Problem, found: Mapping[str, Feedback | None], client_id: UUID, wrong_codes: WrongCodes
) -> Feedback | None:
    """The feedback under one code of many, None if none has arrived; raises what is wrong with the code.

    A code with a typing error is nobody's, and does not count as wrong.
    """
    wrong_codes.check(client_id)
    if isinstance(ref, Problem):
        raise ref
    if ref not in found:
        wrong_codes.count(client_id)
        raise ReplyCodeUnknown
    return found[ref]


async def unsubscribe(session: AsyncSession, reply_code: str, codes: ReplyKeys) -> Unsubscribed:
    """Stop all mail to the address that the contributor left with the feedback under this code.

    The feedback keeps its version, which the body sees: others learn of it as of all that stops mail.
    """
    feedback = await lock_feedback_by_reply_code(session, reply_code, codes)
    if feedback.unsubscribed_at is None:
        feedback.unsubscribed_at = now()
        session.add(Unsubscription(feedback_id=feedback.id, wished_at=feedback.unsubscribed_at))
    return Unsubscribed(message=UNSUBSCRIBED)


async def withdraw_by_reply_code(
    session: AsyncSession, wish: Withdrawal, keys: ErasureKeys, heirs: Heirs
) -> ReplyView:
    """Withdraw what was said under a code, and erase it if that is the wish."""
    feedback = await lock_feedback_by_reply_code(session, wish.reply_code, keys.codes)
    if feedback.state not in GONE:
        await withdraw(session, feedback, BY_CONTRIBUTOR)
    if wish.erase and feedback.state != "erased":
        await erase(session, feedback, keys, BY_CONTRIBUTOR)
    return (await reply_views(session, [feedback], heirs))[0]


async def find_feedback_by_reply_code(
    session: AsyncSession, reply_code: str, codes: ReplyKeys
) -> Feedback | None:
    """The feedback under a code, None if none has arrived; ReplyCodeUnknown, Invalid."""
    found = await queries.find_by_refs(session, [ref := codes.ref_of(read_code(reply_code))])
    if ref not in found:
        raise ReplyCodeUnknown
    return found[ref]


async def lock_feedback_by_reply_code(session: AsyncSession, reply_code: str, codes: ReplyKeys) -> Feedback:
    """The feedback under a code, locked; ReplyCodeNotUsed if none has arrived, ReplyCodeUnknown."""
    feedback = await find_feedback_by_reply_code(session, reply_code, codes)
    if feedback is None:
        raise ReplyCodeNotUsed
    return await locked(session, Feedback, feedback.id)
