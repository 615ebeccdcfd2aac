"""The operator's own clients: made at the gateway's database, as `doorway client create` makes them."""

from sqlalchemy.ext.asyncio import AsyncSession

from services.gateway.cli import operator_as, run
from services.gateway.clients import domain
from services.gateway.settings import GatewaySettings
from shared.auth import Actor
from shared.ids import new_id

SCOPES = {
    "admin": ["clients:admin", "operator", "registry:read"],
    "steward": ["operator", "registry:read", "registry:write"],
}


OPERATOR = Actor("operator-1", "operator")


def operator_keys() -> dict[str, str]:
    """Make the operator's clients and return their keys by name."""
    operator = new_id()

    async def make(session: AsyncSession, _: GatewaySettings) -> dict[str, str]:
        made = {
            name: await domain.make_client(
                session,
                operator_as(OPERATOR),
                organisation_id=operator,
                team="operations",
                name=name,
                scopes=scopes,
            )
            for name, scopes in SCOPES.items()
        }
        return {name: issued.text for name, issued in made.items()}

    return run(make)
