"""Roles to test with, and what stewards do about them."""

from datetime import timedelta
from typing import Any

from sqlalchemy import select

from services.registry.models import Change
from shared.clock import today
from shared.ids import new_id
from tests.fixtures.clients import ServiceClient
from tests.fixtures.databases import SessionFor

PAGE = "https://www.example.org/board"
WHY = {"reason": "The board announced it.", "source": PAGE}
BOARD, TRUST = "/v1/footprints/ods:QHM", "/v1/organisations/ods:RX6"


def a_role() -> str:
    """Return the name of a role that no other test knows."""
    return f"role {new_id()}"


def ago(days: int) -> str:
    """Return the day some days ago."""
    return str(today() - timedelta(days=days))


def held(**more: Any) -> dict[str, Any]:
    """Return what makes known who holds a new role."""
    return {
        "role": a_role(),
        "status": "confirmed",
        "holder": "Kit Door",
        "held_from": ago(100),
        **WHY,
        **more,
    }


async def appoint(client: ServiceClient, body: str = BOARD, **more: Any) -> Any:
    """Make known who holds a role of a body as it was last read."""
    tag = (await client.get(body)).headers["ETag"]
    return await client.post(f"{body}/appointments", json=held(**more), headers={"If-Match": tag})


async def appointed(client: ServiceClient, body: str = BOARD, **more: Any) -> dict[str, Any]:
    """Make known who holds a role of a body, and return it."""
    made = await appoint(client, body, **more)
    assert made.status_code == 201, made.text
    found: dict[str, Any] = made.json()
    return found


async def act_on(client: ServiceClient, appointment_id: str, act: str, **body: Any) -> Any:
    """Change an appointment as it was last read."""
    path = f"/v1/appointments/{appointment_id}"
    tag = (await client.get(path)).headers.get("ETag", '"1"')
    return await client.post(f"{path}/{act}", json=WHY | body, headers={"If-Match": tag})


async def of_role(client: ServiceClient, role: str, body: str = BOARD, **query: Any) -> list[dict[str, Any]]:
    """Return who held a role of a body."""
    answer = await client.get(f"{body}/appointments", params={"role": role, **query})
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["items"]
    return found


def refusal(answer: Any) -> tuple[int, str]:
    """Return the status and code of a refusal."""
    return answer.status_code, answer.json().get("code", "")


async def published_of(session_for: SessionFor, appointment_id: str) -> list[str]:
    """Return the types of what was published of an appointment, in order."""
    session = await session_for("registry")
    mine = Change.state.contains(f'"appointment_id":"{appointment_id}"')
    return list((await session.scalars(select(Change.type).where(mine).order_by(Change.position))).all())


async def partnership(registry: ServiceClient, ods: str) -> str:
    """Return where the partnership that had a code in 2019 is read."""
    found = await registry.get(f"/v1/footprints/ods:{ods}?as_of=2019-06-01")
    return f"/v1/footprints/{found.json()['id']}"
