"""What each step costs: statements of the database, and functions between the route and the database."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from tests.fixtures.clients import ServiceClient
from tests.loop.conftest import Publish
from tests.loop.loops.test_routes import statements
from tests.loop.scenes import Scene, decision, photo, promise, scene_of
from tests.loop.tellings.voices import declined_scene

# Without an Idempotency-Key, which costs two more.
STATEMENTS = {
    "opening": 9,
    "acknowledgement": 12,
    "consideration": 7,
    "statement": 8,
    "decisions": 12,
    "commitments": 10,
    "acceptance": 11,
    "revisions": 12,
    "evidence": 12,
    "change-claims": 12,
    "verification": 22,
}
FRAMES_MAX = 4
ASKING = ("execute", "scalars", "scalar", "get", "get_one", "flush")


@contextmanager
def depths(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """Collect how many functions of the loop stand between a request and each statement."""
    found: list[int] = []

    def noting(name: str) -> Any:
        original = getattr(AsyncSession, name)

        def ask(*arguments: Any, **options: Any) -> Any:
            frame, depth = sys._getframe(1), 0
            while frame.f_back:
                depth += "/services/loop/" in frame.f_code.co_filename
                frame = frame.f_back
            found.append(depth)
            return original(*arguments, **options)

        return ask

    with monkeypatch.context() as patch:
        for name in ASKING:
            patch.setattr(AsyncSession, name, noting(name))
        yield found


class Costs:
    """Leads a loop to its telling, and notes what each step costs."""

    def __init__(self, scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
        self.scene, self.monkeypatch = scene, monkeypatch
        self.statements: dict[str, int] = {}
        self.frames: dict[str, int] = {}

    async def take(self, client: ServiceClient, path: str, body: Any = None) -> None:
        """Take a step, and note its costs."""
        with self.noted(path.rpartition("/")[2]):
            await self.scene.done(client, path, body)

    @contextmanager
    def noted(self, name: str) -> Iterator[None]:
        """Note what is done meanwhile under a name; the dearest counts."""
        with statements(self.scene.service) as executed, depths(self.monkeypatch) as depth:
            yield
        self.statements[name] = max(len(executed), self.statements.get(name, 0))
        self.frames[name] = max(*depth, self.frames.get(name, 0))

    async def lead(self) -> None:
        """Take every step that leads to people being told of a change."""
        scene, lead = self.scene, self.scene.lead
        await self.take(lead, "opening", {"moderated": True})
        await self.take(lead, "acknowledgement", await scene.previewed())
        await self.take(lead, "consideration")
        await self.take(lead, "statement", {"statement": "We know."})
        await self.take(lead, "decisions", decision())
        await self.take(lead, "commitments", promise(scene.board.footprint_id))
        path = f"/v1/commitments/{scene.commitment['id']}"
        await self.take(scene.estates, f"{path}/acceptance")
        reason = "The maker of the door delivers six weeks later than it had agreed with us."
        await self.take(lead, f"{path}/revisions", {"due_on": "2090-01-01", "reason": reason})
        await self.take(scene.estates, f"{path}/evidence", photo())
        await self.take(scene.estates, f"{path}/change-claims", {})
        judged = f"/v1/evidence/{scene.commitment['evidence'][-1]['id']}/verification"
        reason = "The photo shows the new door, and the counts that people use it."
        await self.take(scene.judge, judged, {"accept": True, "reason": reason})


async def test_each_step_keeps_to_its_statements_and_to_four_functions(
    service: ServiceClient, publish: Publish, monkeypatch: pytest.MonkeyPatch
) -> None:
    costs = Costs(await scene_of(service, publish, heard=[{"reachable": True}]), monkeypatch)
    await costs.lead()
    assert costs.statements == STATEMENTS
    assert {name: depth for name, depth in costs.frames.items() if depth > FRAMES_MAX} == {}


async def test_drafting_telling_and_verdicts_keep_to_their_statements(
    service: ServiceClient, publish: Publish, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene, people = await declined_scene(service, publish, reachable=0, unreachable=2)
    costs = Costs(scene, monkeypatch)
    board, linked = str(scene.board.footprint_id), [str(each.feedback_id) for each in scene.said]
    draft = {"title": "Doors", "you_said": "Heavy.", "footprint": board, "feedback_ids": linked}
    with costs.noted("draft"):
        assert (await scene.lead.post("/v1/loops", json=draft)).status_code == 201
    step = await scene.example("group_telling")
    await costs.take(scene.lead, "tellings", step["example"] | {"note": "In the hall."})
    for name, did_it_happen in (("verdict", "no"), ("verdict changed", "yes")):
        verdict = {"reply_code": next(iter(people.codes.values())), "did_it_happen": did_it_happen}
        with costs.noted(name):
            assert (await service.post("/v1/replies/verdict", json=verdict)).status_code == 200
    assert costs.statements == {"draft": 11, "tellings": 18, "verdict": 13, "verdict changed": 13}
    # A draft waits for what has not arrived here yet, which takes a function more.
    deep = {name: depth for name, depth in costs.frames.items() if depth > FRAMES_MAX}
    assert deep == {"draft": FRAMES_MAX + 1}
