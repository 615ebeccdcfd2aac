"""A teller that works when it is told to, and what people said who are to be told."""

from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from services.feedback.codes import ReplyKeys
from services.feedback.consumers import REACTIONS
from services.feedback.sending.models import Mail, Sending
from services.feedback.sending.queries import reach_of_feedback
from services.feedback.sending.tasks import WORK
from services.feedback.sending.teller import Teller
from services.feedback.settings import Settings
from shared.clock import now
from shared.events import Envelope
from shared.events.loop import LoopTellingRequested
from shared.ids import new_id
from shared.outbox import Outbox
from tests.feedback.examples import give_feedback
from tests.fixtures.clients import ServiceClient


class Told:
    """A teller, and what people said who are to be told."""

    def __init__(
        self,
        partner: ServiceClient,
        trust_id: UUID,
        settings: Settings,
        sessions: async_sessionmaker[AsyncSession],
    ) -> None:
        self.partner, self.trust_id, self.settings, self.sessions = partner, trust_id, settings, sessions
        self.address = f"jo-{new_id().hex[-8:]}@example.org"

    async def said(self, **fields: Any) -> dict[str, Any]:
        """Let the person say something."""
        contributor = {"channel": "email", "address": self.address}
        allowed = {"permissions": {"contact": "yes"}, "contributor": contributor}
        return await give_feedback(self.partner, self.trust_id, **allowed | fields)

    async def ask(
        self,
        said: dict[str, Any],
        kind: str = "changed",
        telling_id: UUID | None = None,
        loop_id: UUID | None = None,
    ) -> UUID:
        """Let the loop ask for word to them; return the telling."""
        event = LoopTellingRequested(
            loop_id=loop_id or new_id(),
            state="telling",
            organisation_id=self.trust_id,
            footprint_id=None,
            telling_id=telling_id or new_id(),
            feedback_id=said["id"],
            kind=kind,
        )
        async with self.partner.state.sessions.begin() as session:
            await REACTIONS[LoopTellingRequested](session, event, Envelope.wrap(event, 1))
        return event.telling_id

    async def work(self, **settings: Any) -> None:
        """Let the teller work until nothing is left to do now."""
        teller = Teller.from_settings(self.settings.model_copy(update=settings))
        done = 1
        while done:
            done = 0
            for work in WORK:
                async with self.sessions.begin() as session:
                    done += await work(session, teller)

    async def sending(self, telling_id: UUID) -> Sending:
        """The result of a telling."""
        async with self.sessions() as session:
            return await session.get_one(Sending, telling_id)

    async def mail_is_due(self) -> None:
        """Let the time for the next try of every mail have come."""
        async with self.sessions.begin() as session:
            await session.execute(update(Mail).values(next_try_at=now()))

    async def mailed_code(self, said: dict[str, Any]) -> str:
        """The code that mail carries to the contributor of a piece of feedback as they are now."""
        async with self.sessions() as session:
            reach = await reach_of_feedback(session, UUID(said["id"]))
        assert reach
        return ReplyKeys(self.settings.reply_key).mailed_code_of(reach.id, reach.address_number)

    async def events(self, telling_id: UUID) -> list[str]:
        """The types of what was told of a telling."""
        async with self.partner.state.sessions() as session:
            mine = select(Outbox.type).where(Outbox.aggregate_id == telling_id).order_by(Outbox.position)
            return [type_.split(".")[1] for type_ in await session.scalars(mine)]
