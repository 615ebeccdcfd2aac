"""Letters, dots and repetition stand in no field that everybody reads, and no excuse without a need."""

from typing import Any

import pytest

from tests.fixtures.clients import ServiceClient
from tests.loop.conftest import Publish
from tests.loop.scenes import Scene, decision, photo, promise, scene_of

NOTHING = ("......", "x", "aaaaaaa", "aa-aa a-a", "1.")
EXCUSE = "They asked for this in May."
TOLD = {"held_on": "2026-05-04", "way": "panel", "people": 12}
REVISED = {
    "due_on": "2090-01-01",
    "reason": "The maker of the door delivers six weeks later than it had agreed.",
}
DECISION = "deciding_role forum reason constraint would_change final_because how_to_object because"
FIELDS = [
    *[("decisions", f"/{field}") for field in DECISION.split()],
    ("commitments", "/measure"),
    ("commitments", "/because"),
    ("commitments", "/owner/role"),
    ("revisions", "/reason"),
    ("revisions", "/because"),
    ("change-claims", "/because"),
    ("statement", "/statement"),
    ("evidence", "/description"),
    ("loops", "/title"),
    ("loops", "/you_said"),
    ("tellings", "/note"),
    ("tellings", "/way"),
]


async def ready_for(step: str, scene: Scene) -> tuple[str, dict[str, Any]]:
    """The path of a step on a loop that allows it, and a body that passes."""
    body = scene.board.footprint_id
    bodies: dict[str, dict[str, Any]] = {
        "decisions": decision("will_do"),
        "commitments": promise(body),
        "revisions": REVISED,
        "change-claims": {},
        "statement": {"statement": "We know."},
        "evidence": photo(),
        "loops": {"title": "Doors", "you_said": "Heavy.", "footprint": str(body)},
        "tellings": TOLD,
    }
    if step in {"revisions", "change-claims"}:
        await scene.committed()
        if step == "change-claims":
            await scene.done(scene.estates, f"/v1/commitments/{scene.commitment['id']}/evidence", photo())
        return f"/v1/commitments/{scene.commitment['id']}/{step}", bodies[step]
    await (scene.decided() if step == "commitments" else scene.acknowledged())
    return "/v1/loops" if step == "loops" else step, bodies[step]


@pytest.mark.parametrize(("step", "pointer"), FIELDS)
async def test_what_everybody_reads_says_something(
    service: ServiceClient, publish: Publish, step: str, pointer: str
) -> None:
    scene = await scene_of(service, publish)
    path, body = await ready_for(step, scene)
    *above, field = pointer[1:].split("/")
    for nothing in (*NOTHING, EXCUSE) if field == "because" else NOTHING:
        # A reason that an excuse would carry, if it said anything.
        wrong = {field: nothing} | ({"because": EXCUSE} if field == "reason" else {})
        if above:
            wrong = {above[0]: body[above[0]] | wrong}
        answer = await scene.send(scene.lead, path, body | wrong)
        assert answer.status_code == 422, (nothing, answer.text)
        assert [each["pointer"] for each in answer.json()["errors"]] == [pointer], nothing
