"""What each step costs: statements of the database, and functions between the route and the database."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from tests.fixtures.clients import ServiceClient
from tests.loop.conftest import Told
from tests.loop.loops.test_routes import statements
from tests.loop.scenes import Scene, decision, photo, promise, scene_of

# Without an Idempotency-Key, which costs two more.
STATEMENTS = {
    "opening": 9,
    "acknowledgement": 10,
    "consideration": 7,
    "statement": 8,
    "decisions": 12,
    "commitments": 10,
    "acceptance": 11,
    "revisions": 12,
    "evidence": 11,
    "change-claims": 12,
    "verification": 19,
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
        name = path.rpartition("/")[2]
        with statements(self.scene.service) as executed, depths(self.monkeypatch) as depth:
            await self.scene.done(client, path, body)
        self.statements[name] = max(len(executed), self.statements.get(name, 0))
        self.frames[name] = max(*depth, self.frames.get(name, 0))

    async def lead(self) -> None:
        """Take every step that leads to people being told of a change."""
        scene, lead = self.scene, self.scene.lead
        await self.take(lead, "opening", {"moderated": True})
        step = await scene.example("acknowledgement")
        await self.take(lead, "acknowledgement", step["example"])
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
    service: ServiceClient, told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    costs = Costs(await scene_of(service, told, heard=[{"reachable": True}]), monkeypatch)
    await costs.lead()
    assert costs.statements == STATEMENTS
    assert {name: depth for name, depth in costs.frames.items() if depth > FRAMES_MAX} == {}
