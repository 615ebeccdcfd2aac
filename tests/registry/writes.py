"""How tests change the registry: as a steward, on bodies of their own."""

from datetime import datetime
from typing import Any
from uuid import UUID

from fastapi import Response
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.ledger.acts import Act, Ledger
from services.registry.ledger.views import Role
from services.registry.models import Body
from services.registry.organisations.domain import register
from services.registry.organisations.schemas import NewOrganisation, OrganisationDetail
from shared.auth import Caller
from shared.change_request import EditRequest
from shared.clock import now
from shared.idempotency import OnceGuard
from shared.ids import new_id
from shared.versions import Wanted
from tests.fixtures.clients import ServiceClient

WHY = {"reason": "The register says so.", "source": "https://example.org/register"}
ACTOR = {"Doorway-Actor": "jd-17; role=steward"}
OPERATOR = Caller(
    client_id=new_id(), organisation_id=new_id(), scopes=frozenset({"operator", "registry:write"})
)


def steward(registry: ServiceClient, organisation_id: UUID | str | None = None) -> ServiceClient:
    """Return a client of a body's stewards; of the operator's without one."""
    own = UUID(str(organisation_id)) if organisation_id else OPERATOR.organisation_id
    scopes = ["registry:write"] if organisation_id else [*OPERATOR.scopes]
    client = registry.as_(client_id=new_id(), organisation_id=own, scopes=scopes)
    client.headers.update(ACTOR)
    return client


async def registered(client: ServiceClient, **given: Any) -> dict[str, Any]:
    """Register a body and return it."""
    body = {"name": "Door Openers (invented)", "kind": "voluntary", "valid_from": "2020-01-01"} | given
    made = await client.post("/v1/organisations", json=body)
    assert made.status_code == 201, made.text
    found: dict[str, Any] = made.json()
    return found


async def version_of(client: ServiceClient, path: str) -> str:
    """Return the ETag that a change of something has to bring."""
    answer = await client.get(path)
    assert answer.status_code == 200, answer.text
    return str(answer.headers["ETag"])


async def change(client: ServiceClient, path: str, what: str, **given: Any) -> Any:
    """Change something as it stands and return the answer."""
    headers = {"If-Match": await version_of(client, path)}
    return await client.post(f"{path}/{what}", json=WHY | given, headers=headers)


async def made(session: AsyncSession, **given: Any) -> OrganisationDetail:
    """Register a body in a session that undoes itself."""
    body = {"name": "Door Openers (invented)", "kind": "voluntary", "valid_from": "2020-01-01"} | given
    return await register(session, NewOrganisation(**body), Act("why", "where", OPERATOR))


async def body_of(session: AsyncSession, key: str) -> Body:
    """Return a body by its natural key."""
    return (await session.scalars(select(Body).where(Body.key == key))).one()


def ledger_of(session: AsyncSession, at: datetime | None = None) -> Ledger:
    """Return the ledger of an act of its own."""
    return Ledger(session, Act("why", "where", OPERATOR), at or now())


async def asked(
    session: AsyncSession, body_id: UUID, caller: Caller = OPERATOR
) -> tuple[EditRequest, str, Role]:
    """Return a request to change a body as it stands, with the reference and the role that its path gives."""
    return await edit_of(session, body_id, caller), str(body_id), "any"


async def edit_of(session: AsyncSession, body_id: UUID, caller: Caller = OPERATOR) -> EditRequest:
    """Return a steward's request to change what is known of a body as it stands."""
    version = (await session.get_one(Body, body_id, populate_existing=True)).version
    return EditRequest(
        session=session,
        caller=caller,
        actor=None,
        version=Wanted(version),
        once=OnceGuard(),
        response=Response(),
    )
