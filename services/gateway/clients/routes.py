"""Clients and their keys."""

from collections.abc import AsyncIterator
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Request, Response, Security

from services.gateway.audit.domain import Doer
from services.gateway.clients import domain, queries
from services.gateway.clients.keyring import Keyring
from services.gateway.clients.organisations import find_organisation_id
from services.gateway.clients.schemas import ClientMade, ClientOut, KeyMade, KeyOut, NewClient, Quota, Whoami
from services.gateway.context import request_context
from services.gateway.errors import OperatorsClient, ServiceUnavailable, TwoKeysLive
from services.gateway.models import Client
from services.gateway.proxy.upstream import Upstream
from services.gateway.settings import WINDOW_SECONDS, GatewaySettings
from services.gateway.webhooks.queries import endpoint_ids_of_client
from shared.auth import ActorRequired, Caller, needs
from shared.change_request import AttributedRequest, attributed_request
from shared.db import Session
from shared.errors import KeyRequired, NotFound
from shared.paging import Page, Paging, keyset
from shared.routing import Router
from shared.state import state_of
from shared.versions import etag

router = Router(prefix="/v1", tags=["clients"])

Admin = Annotated[Caller, needs("clients:admin")]
Change = Annotated[AttributedRequest, Security(attributed_request, scopes=["clients:admin"])]
Known = Annotated[Caller, needs()]


async def refresh_keyrings(request: Request) -> AsyncIterator[None]:
    """Load the change into every gateway process as soon as it is committed."""
    yield
    await state_of(request, Keyring).refresh_everywhere()


# As a dependency of the route it is entered before the session and left after it, so after the commit.
CHANGES_KEYS = [Depends(refresh_keyrings, scope="function")]


@router.post("/clients", status_code=201, dependencies=CHANGES_KEYS, problems=(ServiceUnavailable,))
async def make_client(new: NewClient, request: Request, change: Change) -> ClientMade:
    """Make a client of an organisation and a team, with its first key."""
    organisation_id = await find_organisation_id(state_of(request, Upstream), new.organisation)
    issued = await domain.make_client(
        change.session,
        Doer.of(change),
        organisation_id=organisation_id,
        team=new.team,
        name=new.name,
        scopes=new.scopes,
    )
    made = ClientOut.model_validate(issued.client)
    return change.keep(
        ClientMade(**made.model_dump(), key=issued.text),
        location=f"/v1/clients/{made.id}",
        version=made.version,
    )


@router.get("/clients")
async def list_clients(
    admin: Admin,  # noqa: ARG001 -- for its scope
    session: Session,
    paging: Paging,
    organisation_id: UUID | None = None,
) -> Page[ClientOut]:
    """List clients, newest first."""
    found, cursor = await keyset(
        session, queries.clients_of_organisation(organisation_id), paging, Client.id.desc()
    )
    return paging.answer([ClientOut.model_validate(each) for each in found], cursor)


@router.get("/clients/{client_id}", problems=(NotFound,))
async def read_client(client_id: UUID, response: Response, admin: Admin, session: Session) -> ClientOut:  # noqa: ARG001 -- for its scope
    """Read one client, with its keys but never their secrets."""
    client = await domain.find_client(session, client_id)
    response.headers["ETag"] = etag(client.version)
    return ClientOut.model_validate(client)


@router.post(
    "/clients/{client_id}/keys",
    status_code=201,
    dependencies=CHANGES_KEYS,
    problems=(NotFound, OperatorsClient, TwoKeysLive),
)
async def make_key(client_id: UUID, change: Change) -> KeyMade:
    """Make a second key for a client, so that it can change from one key to the other."""
    issued = await domain.make_key(change.session, Doer.of(change), client_id)
    key = KeyOut.model_validate(issued.key)
    endpoints = await endpoint_ids_of_client(change.session, client_id)
    made = KeyMade(**key.model_dump(), client_id=client_id, key=issued.text, endpoints=endpoints)
    return change.keep(made, location=f"/v1/clients/{client_id}")


@router.delete(
    "/clients/{client_id}/keys/{key_id}", status_code=204, dependencies=CHANGES_KEYS, problems=(NotFound,)
)
async def revoke_key(
    client_id: UUID, key_id: UUID, admin: Admin, actor: ActorRequired, session: Session
) -> None:
    """Revoke a key. It stops working within a second."""
    await domain.revoke_key(session, Doer(admin, actor), client_id, key_id)


@router.get("/whoami")
async def whoami(request: Request, caller: Known) -> Whoami:
    """Show who is calling and what they may do."""
    key = request_context(request.scope).key
    if key is None:
        raise KeyRequired
    limit = Quota(requests=state_of(request, GatewaySettings).client_limit, window_seconds=WINDOW_SECONDS)
    return Whoami(
        client_id=caller.client_id,
        organisation_id=caller.organisation_id,
        team=caller.team,
        scopes=sorted(caller.scopes),
        key_id=key.id,
        limit=limit,
    )
