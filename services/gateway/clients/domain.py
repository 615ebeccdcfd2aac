"""The rules of clients and keys."""

from typing import NamedTuple
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.gateway.audit.domain import Doer, record_change
from services.gateway.clients import keys, queries
from services.gateway.clients.schemas import OPERATOR_SCOPE
from services.gateway.errors import OperatorsClient, TwoKeysLive
from services.gateway.models import Client, Key
from services.gateway.webhooks.domain import disable_endpoints_of_client
from shared.clock import now
from shared.db import locked
from shared.errors import NotFound
from shared.ids import new_id

LIVE_KEYS_MAX = 2


class IssuedKey(NamedTuple):
    """A new key of a client, with the text that is shown only once."""

    client: Client
    key: Key
    text: str


async def make_client(
    session: AsyncSession, by: Doer, *, organisation_id: UUID, team: str, name: str, scopes: list[str]
) -> IssuedKey:
    """Make a client with its first key."""
    client = Client(
        id=new_id(), version=1, organisation_id=organisation_id, team=team, name=name, scopes=scopes, keys=[]
    )
    session.add(client)
    issued = issue_key(client)
    await session.flush()
    record_change(session, "client_made", by=by, organisation_id=organisation_id, subject_id=client.id)
    return issued


async def make_key(session: AsyncSession, by: Doer, client_id: UUID) -> IssuedKey:
    """Make another key for a client; TwoKeysLive when it has two, so that keys change one at a time.

    OperatorsClient unless an operator's client asks for the key of one.
    """
    client = await locked(session, Client, client_id)
    if OPERATOR_SCOPE in client.scopes and OPERATOR_SCOPE not in by.caller.scopes:
        raise OperatorsClient
    if sum(key.revoked_at is None for key in client.keys) >= LIVE_KEYS_MAX:
        raise TwoKeysLive
    issued = issue_key(client)
    client.version += 1
    await session.flush()
    owner = client.organisation_id
    record_change(session, "key_made", by=by, organisation_id=owner, subject_id=issued.key.id)
    return issued


async def revoke_key(session: AsyncSession, by: Doer, client_id: UUID, key_id: UUID) -> Key:
    """Revoke a key; a second time changes nothing. With the last one the client's endpoints are disabled."""
    client = await locked(session, Client, client_id)
    key = next((key for key in client.keys if key.id == key_id), None)
    if key is None:
        raise NotFound
    if key.revoked_at is None:
        key.revoked_at = now()
        client.version += 1
        owner = client.organisation_id
        record_change(session, "key_revoked", by=by, organisation_id=owner, subject_id=key.id)
        if all(each.revoked_at for each in client.keys):
            for endpoint_id in await disable_endpoints_of_client(session, client.id):
                record_change(
                    session, "endpoint_disabled", by=by, organisation_id=owner, subject_id=endpoint_id
                )
    return key


async def find_client(session: AsyncSession, client_id: UUID) -> Client:
    """Find a client with its keys; NotFound when there is none."""
    found = await queries.get_client(session, client_id)
    if found is None:
        raise NotFound
    return found


def issue_key(client: Client) -> IssuedKey:
    """Add a new key to a client."""
    secret = keys.make_secret()
    key = Key(id=new_id(), secret_sha256=keys.hash_secret(secret), created_at=now())
    client.keys.append(key)
    return IssuedKey(client, key, keys.key_text(key.id, secret))
