"""Taking back: what one contributor said goes from every loop, and each history stays whole."""

from sqlalchemy.ext.asyncio import AsyncSession

from services.loop.history import queries
from services.loop.history.chain import BY_RULE
from services.loop.history.domain import erase
from services.loop.loops.attempts import Attempt
from services.loop.loops.table import advance
from services.loop.models import Loop
from shared.clock import today
from shared.db import locked
from shared.events import Envelope
from shared.events.feedback import FeedbackState

TAKEN_BACK = "(taken back by who said it)"


async def forget(session: AsyncSession, event: FeedbackState, _: Envelope) -> None:
    """Take the words of one contributor out of every loop that holds them, and out of their verdicts."""
    await queries.blank_comments(session, event.reply_ref)
    for loop_id in await queries.loops_with_words_of(session, event.feedback_id):
        loop = await locked(session, Loop, loop_id)
        await blank_words(session, loop, event)


async def blank_words(session: AsyncSession, loop: Loop, event: FeedbackState) -> None:
    """Take one contributor's words out of a locked loop, and say in its history that they are gone."""
    taken = await erase(session, loop, event.feedback_id)
    if not taken:
        return
    loop.title = loop.you_said = TAKEN_BACK
    attempt = Attempt(loop=loop, by=BY_RULE, on=today())
    await advance(session, "erasure", attempt, facts={"positions": taken})
