"""The statements on the tables of clients and keys."""

from collections.abc import Sequence
from datetime import timedelta
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import Select, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from services.gateway.models import Client, Key
from shared.clock import now

# A key that was revoked lately is still recognised, so that its owner reads in the audit that it was used.
REVOKED_KEPT = timedelta(days=90)


class KeyRow(NamedTuple):
    """What is kept in memory of a key and its client."""

    id: UUID
    secret_sha256: bytes
    revoked: bool
    client_id: UUID
    organisation_id: UUID
    team: str
    scopes: Sequence[str]


async def change_count(connection: AsyncConnection) -> int:
    """A number that grows with each committed change of any client or key."""
    return int((await connection.execute(select(func.coalesce(func.sum(Client.version), 0)))).scalar_one())


async def key_rows(connection: AsyncConnection) -> list[KeyRow]:
    """All keys that are live or were until 90 days ago."""
    kept = or_(Key.revoked_at.is_(None), Key.revoked_at > now() - REVOKED_KEPT)
    rows = await connection.execute(
        select(
            Key.id,
            Key.secret_sha256,
            Key.revoked_at.is_not(None),
            Client.id,
            Client.organisation_id,
            Client.team,
            Client.scopes,
        )
        .join(Client, Client.id == Key.client_id)
        .where(kept)
    )
    return [KeyRow(*row) for row in rows]


def clients_of_organisation(organisation_id: UUID | None) -> Select[Client]:
    """The statement for the clients of one organisation; for all clients when None."""
    chosen = select(Client)
    return chosen.where(Client.organisation_id == organisation_id) if organisation_id else chosen


async def get_client(session: AsyncSession, client_id: UUID) -> Client | None:
    """One client with its keys; None when there is none."""
    return await session.get(Client, client_id)


async def all_clients(session: AsyncSession) -> Sequence[Client]:
    """Every client with its keys, oldest first."""
    return (await session.scalars(select(Client).order_by(Client.id))).all()
