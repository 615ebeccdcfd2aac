"""A loop with everybody who has a part in it: the body, the team that keeps promises, and others."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from httpx2 import Response

from shared.clock import now
from shared.events.feedback import FeedbackReceived
from shared.events.loop import DecisionAnswer
from shared.events.registry import FootprintRegistered
from shared.ids import new_id
from tests.fixtures.clients import ServiceClient
from tests.loop.conftest import Publish
from tests.loop.examples import feedback, footprint, organisation
from tests.loop.requests import example_commitment, example_decision, example_photo

SCOPES = ("loop:read", "loop:write", "loop:raise")


def person(
    service: ServiceClient, organisation_id: UUID, team: str, actor: str, *scopes: str
) -> ServiceClient:
    """A client of a team, with a person who acts through it."""
    made = service.as_(
        client_id=new_id(), organisation_id=organisation_id, team=team, scopes=scopes or SCOPES
    )
    made.headers["Doorway-Actor"] = f"{actor}; role={team} lead"
    return made


@dataclass
class Scene:
    """A loop of a board, and those who work on it."""

    service: ServiceClient
    board: FootprintRegistered
    said: list[FeedbackReceived]
    lead: ServiceClient
    estates: ServiceClient
    judge: ServiceClient
    stranger: ServiceClient
    judge_organisation: UUID
    loop: dict[str, Any]

    @property
    def path(self) -> str:
        """Where the loop is."""
        return f"/v1/loops/{self.loop['id']}"

    @property
    def commitment(self) -> dict[str, Any]:
        """The newest commitment."""
        found: dict[str, Any] = self.loop["commitments"][-1]
        return found

    async def read(self) -> dict[str, Any]:
        """Read the loop as its body sees it."""
        self.loop = (await self.lead.get(self.path)).json()
        return self.loop

    async def send(
        self, client: ServiceClient, path: str, body: Any = None, version: int | None = None
    ) -> Response:
        """Take a step on the loop as it was last read; what comes of it is read."""
        path = path if path.startswith("/") else f"{self.path}/{path}"
        match = {"If-Match": f'"{self.loop["version"] if version is None else version}"'}
        answer = await client.post(path, json=body, headers=match)
        if answer.is_success:
            self.loop = answer.json()
        return answer

    async def done(self, client: ServiceClient, path: str, body: Any = None) -> dict[str, Any]:
        """Take a step that has to be allowed."""
        answer = await self.send(client, path, body)
        assert answer.is_success, answer.text
        return self.loop

    async def example(self, step: str, client: ServiceClient | None = None) -> dict[str, Any]:
        """What `next` says about a step."""
        steps = (await (client or self.lead).get(f"{self.path}/next")).json()["steps"]
        found: dict[str, Any] = next(each for each in steps if each["step"] == step)
        return found

    async def acknowledged(self) -> dict[str, Any]:
        """Lead the loop until it is acknowledged."""
        return await self.done(self.lead, "acknowledgement", await self.previewed())

    async def previewed(self) -> dict[str, Any]:
        """The acknowledgement of `next`, with the id of the preview of those who would be told now."""
        preview = (await self.lead.get(f"{self.path}/tellings/preview")).json()
        step = await self.example("acknowledgement")
        return {**step["example"], "preview_id": preview["preview_id"]}

    async def decided(self, answer: DecisionAnswer = "will_do", **fields: Any) -> dict[str, Any]:
        """Lead the loop to a decision."""
        await self.acknowledged()
        return await self.done(self.lead, "decisions", decision(answer, **fields))

    async def committed(self, **fields: Any) -> dict[str, Any]:
        """Lead the loop to a promise that its owner accepted."""
        if self.loop["state"] in {"draft", "open"}:
            await self.decided()
        await self.done(self.lead, "commitments", promise(self.board.footprint_id, **fields))
        return await self.done(self.estates, f"/v1/commitments/{self.commitment['id']}/acceptance")

    async def shown(self, **fields: Any) -> dict[str, Any]:
        """Give evidence of the newest promise."""
        path = f"/v1/commitments/{self.commitment['id']}/evidence"
        await self.done(self.estates, path, photo(**fields))
        found: dict[str, Any] = self.commitment["evidence"][-1]
        return found

    async def claimed(self) -> dict[str, Any]:
        """Lead the loop to a change that is claimed; return its evidence."""
        await self.committed()
        evidence = await self.shown()
        await self.done(self.estates, f"/v1/commitments/{self.commitment['id']}/change-claims", {})
        return evidence

    async def claimed_again(self) -> dict[str, Any]:
        """Lead a contested loop to a change that is claimed with new evidence; return that evidence."""
        evidence = await self.shown()
        await self.done(self.estates, f"/v1/commitments/{self.commitment['id']}/change-claims", {})
        return evidence


def decision(answer: DecisionAnswer = "will_do", **fields: Any) -> dict[str, Any]:
    """A decision that passes, but for the fields given."""
    made = example_decision(answer).model_dump(mode="json", exclude_none=True)
    return {name: value for name, value in (made | fields).items() if value is not None}


def promise(body: UUID, /, **fields: Any) -> dict[str, Any]:
    """A commitment that passes, but for the fields given."""
    made = example_commitment(body).model_dump(mode="json", exclude_none=True)
    return {name: value for name, value in (made | fields).items() if value is not None}


def photo(**fields: Any) -> dict[str, Any]:
    """Evidence that passes, but for the fields given."""
    made = example_photo().model_dump(mode="json", exclude_none=True)
    return {name: value for name, value in (made | fields).items() if value is not None}


def refusal(answer: Response) -> tuple[int, str]:
    """Status and code of a refusal, which must say what to do."""
    body = answer.json()
    assert len(body["detail"]) > 20
    return body["status"], body["code"]


async def scene_of(
    service: ServiceClient,
    publish: Publish,
    *,
    voices: int = 1,
    heard: Sequence[dict[str, Any]] = (),
    **fields: Any,
) -> Scene:
    """A draft of a board with this many pieces of feedback that are read, or with those of `heard`."""
    board = footprint()
    other = organisation()
    about = [UUID(fields["organisation"])] if "organisation" in fields else []
    if fields.get("demonstration"):
        invented = organisation(demonstration=True, footprint_id=board.footprint_id)
        await publish(invented)
        about.append(invented.organisation_id)
    said = [feedback(*about, board.footprint_id, **each) for each in heard or [{"read_at": now()}] * voices]
    await publish(board, other, *said)
    own, elsewhere = board.footprint_id, other.organisation_id
    lead = person(service, own, "engagement", "lead-1")
    draft = {
        "title": "Doors",
        "you_said": "The door is too heavy.",
        "footprint": str(own),
        "feedback_ids": [str(each.feedback_id) for each in said],
    }
    made = await lead.post("/v1/loops", json=draft | fields)
    assert made.status_code == 201, made.text
    return Scene(
        service,
        board,
        said,
        lead,
        estates=person(service, own, "estates", "estates-1", *SCOPES, "loop:verify"),
        judge=person(service, elsewhere, "quality", "judge-1", "loop:read", "loop:verify"),
        stranger=person(service, elsewhere, "engagement", "stranger-1"),
        judge_organisation=elsewhere,
        loop=made.json(),
    )
