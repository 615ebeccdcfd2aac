"""Models of a trust's own labels: what they learn from, where they stand, and who has them."""

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest
from typer.testing import CliRunner, Result

from services.feedback import cli
from services.feedback.settings import Settings
from services.feedback.themes import commands
from services.feedback.themes.examples import Example
from services.feedback.themes.features import BUCKETS
from services.feedback.themes.own import own_examples
from services.feedback.themes.suggesting import MIDDLE, Head, write_model
from tests.feedback.examples import ACTOR, ClientOf, a_trust, give_feedback, tell
from tests.fixtures.clients import ServiceClient

FOOD = "food_and_drink_provision_and_facilities"
Run = Callable[..., Any]


@pytest.fixture
def run(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Run:
    """A function that runs the command, in a thread as the loop here is taken."""
    monkeypatch.setattr(commands, "Settings", lambda: settings)

    async def run_command(*arguments: str) -> Result:
        return await asyncio.to_thread(CliRunner().invoke, cli.app, ["train", *arguments])

    return run_command


async def label(client: ServiceClient, told: dict[str, Any], *codes: str) -> None:
    """Label a piece."""
    headers = {"If-Match": f'"{told["version"]}"', **ACTOR}
    body = {"themes": [{"code": code} for code in codes]}
    answer = await client.post(f"/v1/feedback/{told['id']}/themes", json=body, headers=headers)
    assert answer.status_code == 200, answer.text


async def test_it_learns_from_what_persons_labelled_or_refused(
    service: ServiceClient, trust: ServiceClient, trust_id: UUID
) -> None:
    themes = [{"code": "parking"}]
    await give_feedback(trust, trust_id, text="Only the sender labelled it.", themes=themes)
    rating = {"value": 2, "scale": "fft"}
    answers = [{"question": "Why?", "text": "Cold soup."}, {"score": 3}]
    asked = await give_feedback(trust, trust_id, text=None, answers=answers, rating=rating)
    await label(trust, asked, FOOD)
    waited = await give_feedback(trust, trust_id, text="We waited three hours for the ambulance.")
    path = f"/v1/feedback/{waited['id']}"
    model = (await trust.get(f"{path}/theme-suggestions")).json()
    refusal = {"code": model["items"][0]["code"], "suggested_by": model["model"]}
    headers = {"If-Match": '"1"', **ACTOR}
    assert (await trust.post(f"{path}/theme-refusals", json=refusal, headers=headers)).status_code == 201
    async with service.state.sessions() as session:
        refused, labelled = await own_examples(session, trust_id)
    assert labelled == Example(asked["id"], "Cold soup.", "Why?", 2, frozenset({FOOD}))
    assert (refused.labels, refused.refused) == (frozenset(), frozenset({refusal["code"]}))


class FakeMaking:
    """Stands for the part that needs the packages of training: a model that suggests food for everything."""

    def __init__(self, *, better: bool) -> None:
        self.better = better

    def make_own_model(self, examples: Sequence[Example], name: str) -> Any:
        if not examples:
            raise ValueError("A person has labelled 0 pieces.")
        head = Head(version="0123456789ab", edition="v7", labels=[FOOD], limits=[0], scales=[1], start=[0.5])
        weights = write_model(head, bytes(BUCKETS), bytes([MIDDLE]) * BUCKETS)
        figure, shipped = SimpleNamespace(micro=0.8), SimpleNamespace(micro=0.7)
        return SimpleNamespace(
            weights=weights, card=f"About {name}", own=figure, shipped=shipped, is_better=self.better
        )


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> FakeMaking:
    """The command without the packages of training."""
    making = FakeMaking(better=True)
    monkeypatch.setattr(commands, "import_making", lambda: making)
    return making


async def test_its_own_model_suggests_to_that_trust_alone(
    run: Run,
    fake: FakeMaking,
    trust: ServiceClient,
    partner: ServiceClient,
    client_of: ClientOf,
    trust_id: UUID,
    tmp_path: Path,
) -> None:
    other = a_trust()
    await tell(trust, other)
    about = [str(trust_id), str(other.organisation_id)]
    told = await give_feedback(partner, trust_id, organisations=about)
    path = f"/v1/feedback/{told['id']}/theme-suggestions"
    shipped = (await trust.get(path)).json()["model"]
    await label(trust, told, FOOD)
    fake.better = False
    kept_not = await run("--own", str(trust_id))
    assert (kept_not.exit_code, (await trust.get(path)).json()["model"]) == (1, shipped)
    assert "the model that ships is as good" in kept_not.output
    trained = await run("--own", str(trust_id), "--anyway", "--into", str(tmp_path))
    assert trained.exit_code == 0, trained.output
    assert (tmp_path / "theme_model.md").read_text() == "About Demonstration Trust (invented)"
    own = (await trust.get(path)).json()
    assert (own["model"], [each["code"] for each in own["items"]]) == ("0123456789ab", [FOOD])
    accepted = {"code": FOOD, "suggested_by": own["model"]}
    headers = {"If-Match": f'"{own["version"]}"', **ACTOR}
    labelled = await trust.post(
        f"/v1/feedback/{told['id']}/themes", json={"themes": [accepted]}, headers=headers
    )
    assert labelled.json()["themes"] == [accepted | {"by": "person", "score": 0.5}]
    theirs = await client_of(other.organisation_id).get(path)
    assert theirs.json()["model"] == shipped
    assert (await run("--own", str(trust_id), "--forget")).exit_code == 0
    assert (await trust.get(path)).json()["model"] == shipped


async def test_what_cannot_be_trained_says_why(run: Run, fake: FakeMaking, trust_id: UUID) -> None:
    for arguments, why in (
        (["--own", str(trust_id)], "Nothing was kept. A person has labelled 0 pieces."),
        (["--own", "ods:NOBODY9"], "No organisation is known as ods:NOBODY9."),
        (["--own", "trust"], "No organisation is known as trust."),
        (["--own", str(trust_id), "--forget"], "has no model of its own"),
        (["--forget"], "has no model of its own"),
    ):
        result = await run(*arguments)
        assert (result.exit_code, why in result.output) == (1, True), result.output
