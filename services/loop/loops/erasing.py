"""Taking back: one contributor's words go from every loop, and each history still verifies."""

from sqlalchemy.ext.asyncio import AsyncSession

from services.loop.core.access import lock_loop
from services.loop.core.attempts import attempt_by_rule
from services.loop.core.steps import Effect, judge, take
from services.loop.history import queries
from services.loop.history.domain import erase_words
from services.loop.loops.steps import ERASURE
from services.loop.models import GONE, Loop
from shared.events import Envelope
from shared.events.feedback import FeedbackState

TAKEN_BACK = "(taken back by the person who said it)"


async def erase_contribution(session: AsyncSession, event: FeedbackState, _: Envelope) -> None:
    """Erase one contributor's words from every loop that holds them, and from their verdicts."""
    await queries.blank_comments(session, event.reply_ref)
    for loop_id in await queries.loops_with_words_of(session, event.feedback_id):
        loop = await lock_loop(session, loop_id)
        await blank_words(session, loop, event)


async def erase_if_gone(session: AsyncSession, event: FeedbackState, envelope: Envelope) -> None:
    """Erase the words of feedback that is restated as taken back or erased: the event of that may be lost."""
    if event.state in GONE:
        await erase_contribution(session, event, envelope)


async def blank_words(session: AsyncSession, loop: Loop, event: FeedbackState) -> None:
    """Erase one contributor's words from a locked loop, and record that in its history."""
    judged = judge(ERASURE, attempt_by_rule(loop))
    positions = await erase_words(session, loop, event.feedback_id)
    if not positions:
        return
    loop.title = loop.you_said = TAKEN_BACK
    take(session, judged, Effect(facts={"positions": positions}))
