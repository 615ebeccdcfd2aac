"""A loop whose outcome is to be told, and the people who said something."""

import base64
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import select

from services.feedback.codes import ReplyKeys
from services.loop.models import ReachCopy
from services.loop.records import Telling
from services.loop.settings import Settings
from services.loop.tellings.progress import record_delivery, record_failure, record_hold
from shared.clock import clock, now
from shared.events import Envelope
from shared.events.feedback import (
    FeedbackReceived,
    ReachAssessed,
    TellingDelivered,
    TellingFact,
    TellingFailed,
    TellingHeld,
)
from shared.secrets import key_of
from tests.fixtures.clients import ServiceClient
from tests.loop.conftest import Publish, SetTime
from tests.loop.examples import feedback
from tests.loop.scenes import Scene, decision, scene_of

REPLY_KEYS = ReplyKeys(base64.b64encode(bytes(32)).decode())


class People:
    """Those who said something: each with a reply code that the running service can find."""

    def __init__(self, service: ServiceClient) -> None:
        keys = ReplyKeys(base64.b64encode(bytes(32)).decode())
        keys.ref_key = key_of(service.part(Settings).reply_ref_key)
        self.keys, self.codes, self.mailed = keys, dict[UUID, str](), dict[UUID, str]()

    def speak(self, board: UUID, *, reachable: bool = True, **facts: UUID) -> FeedbackReceived:
        """The event that one of them said something."""
        code = self.keys.code_of(uuid4())
        said = feedback(board, reply_ref=self.keys.ref_of(code), reachable=reachable, **facts)
        self.codes[said.feedback_id] = code
        return said

    def reach(self, said: FeedbackReceived, **facts: Any) -> ReachAssessed:
        """The event that mail reaches one of them, with the code that only mail carries."""
        code = self.keys.mailed_code_of(said.feedback_id, 1)
        self.mailed[said.feedback_id] = code
        known = {"reach_id": said.feedback_id, "feedback_id": said.feedback_id, "reach": "reachable"}
        return ReachAssessed.model_validate(known | {"mailed_ref": self.keys.ref_of(code)} | facts)


async def telling_scene(
    service: ServiceClient, publish: Publish, *, reachable: int = 3, unreachable: int = 0
) -> tuple[Scene, People]:
    """A loop that was declined, so that its people are to be told."""
    people = People(service)
    scene = await scene_of(service, publish, voices=0)
    board = scene.board.footprint_id
    flags = [True] * reachable + [False] * unreachable
    scene.said = [people.speak(board, reachable=flag) for flag in flags]
    await publish(*scene.said, *(people.reach(each) for each in scene.said if each.reachable))
    linked = [str(each.feedback_id) for each in scene.said]
    body = {"title": "Doors", "you_said": "Heavy.", "footprint": str(board), "feedback_ids": linked}
    scene.loop = (await scene.lead.post("/v1/loops", json=body)).json()
    await scene.acknowledged()
    return scene, people


async def declined_scene(
    service: ServiceClient, publish: Publish, *, reachable: int = 3, unreachable: int = 0
) -> tuple[Scene, People]:
    """A loop that was declined, so that its people are to be told."""
    scene, people = await telling_scene(service, publish, reachable=reachable, unreachable=unreachable)
    await scene.done(scene.lead, "decisions", decision("cannot"))
    return scene, people


async def changed_scene(
    service: ServiceClient, publish: Publish, *, reachable: int = 3, unreachable: int = 0
) -> tuple[Scene, People]:
    """A loop whose change was verified, so that its people are to be told."""
    scene, people = await telling_scene(service, publish, reachable=reachable, unreachable=unreachable)
    await scene.done(scene.lead, "decisions", decision("will_do"))
    evidence = await scene.claimed()
    judgement = {"accept": True, "reason": "The photo shows it, and people were counted."}
    await scene.done(scene.judge, f"/v1/evidence/{evidence['id']}/verification", judgement)
    assert scene.loop["state"] == "telling"
    return scene, people


async def tellings_of(scene: Scene, *kinds: str) -> list[Telling]:
    """The loop's tellings of these kinds."""
    async with scene.service.state.sessions() as session:
        mine = select(Telling).where(Telling.loop_id == UUID(scene.loop["id"])).order_by(Telling.id)
        return [each for each in await session.scalars(mine) if each.kind in kinds]


async def became(scene: Scene, telling: Telling, kind: type[TellingFact], **facts: Any) -> None:
    """Let the loop hear what became of a telling; a mail that is delivered carried the mailed code."""
    known: dict[str, Any] = {
        "telling_id": telling.id,
        "loop_id": telling.loop_id,
        "feedback_id": telling.feedback_id,
    }
    if kind is TellingDelivered:
        async with scene.service.state.sessions() as session:
            mailed = select(ReachCopy.mailed_ref).where(ReachCopy.feedback_id == telling.feedback_id)
            known["mailed_ref"] = await session.scalar(mailed)
    event = kind.model_validate(known | facts)
    handlers = {
        TellingDelivered: record_delivery,
        TellingFailed: record_failure,
        TellingHeld: record_hold,
    }
    async with scene.service.state.sessions.begin() as session:
        await handlers[kind](session, event, Envelope.wrap(event, 1))  # type: ignore[operator]  # of its own event


async def all_told(scene: Scene, *, own_address: bool = True) -> None:
    """Deliver every telling of the outcome: to an address of each one's own, unless it is said."""
    for telling in await tellings_of(scene, "changed", "declined"):
        if telling.state == "requested":
            await became(scene, telling, TellingDelivered, in_format="email", own_address=own_address)
    await scene.read()


def let_pass(set_time: SetTime, days: int) -> None:
    """Let days pass."""
    later = now() + timedelta(days=days)
    clock.source = lambda: later
    set_time(later)
