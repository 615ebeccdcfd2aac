"""`doorway client`: clients and keys, worked on at the gateway's own database by its operator."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Annotated, TypeVar
from uuid import UUID

import typer
from pydantic import ValidationError
from rich.console import Console
from rich.table import Table
from sqlalchemy.ext.asyncio import AsyncSession

from services.gateway.clients import domain, queries
from services.gateway.clients.keyring import announce
from services.gateway.clients.organisations import organisation_known_as
from services.gateway.clients.schemas import NewClient
from services.gateway.proxy.tokens import Tokens
from services.gateway.proxy.upstream import Upstream
from services.gateway.settings import GatewaySettings, Settings
from shared.auth import Caller, TokenSigner
from shared.db import make_engine, make_sessions
from shared.errors import Problem

app = typer.Typer(help="Clients and their keys.", no_args_is_help=True)
console = Console()
OPERATOR = Caller()
Done = TypeVar("Done")


@app.command()
def create(
    team: Annotated[str, typer.Option(help="The team within the organisation.")],
    name: Annotated[str, typer.Option(help="What the application is called.")],
    scope: Annotated[list[str], typer.Option(help="What it may do; give it once for each scope.")],
    organisation: Annotated[
        str | None, typer.Option(help="A registry id, `ods:…` or `ons:…`; the registry has to run.")
    ] = None,
    organisation_id: Annotated[
        UUID | None, typer.Option(help="A registry id that is taken as it is, without asking the registry.")
    ] = None,
) -> None:
    """Make a client and print its key, which is shown this once."""
    if (organisation is None) == (organisation_id is None):
        raise typer.BadParameter("give either --organisation or --organisation-id")
    new = checked(organisation or str(organisation_id), team, name, scope)

    async def make(session: AsyncSession, settings: GatewaySettings) -> domain.Issued:
        whose = organisation_id or await ask_registry(settings, new.organisation)
        return await domain.make_client(
            session, OPERATOR, organisation_id=whose, team=new.team, name=new.name, scopes=new.scopes
        )

    issued = run(make)
    typer.echo(f"client {issued.client.id}", err=True)
    typer.echo(issued.text)


@app.command("list")
def list_clients() -> None:
    """List clients with their live keys."""

    async def read(session: AsyncSession, _: GatewaySettings) -> list[tuple[str, ...]]:
        return [
            (
                str(client.id),
                str(client.organisation_id),
                client.team,
                client.name,
                " ".join(client.scopes),
                "\n".join(str(key.id) for key in client.keys if key.revoked_at is None),
            )
            for client in await queries.all_clients(session)
        ]

    table = Table("client", "organisation", "team", "name", "scopes", "live keys")
    for row in run(read):
        table.add_row(*row)
    console.print(table)


@app.command()
def revoke(client_id: UUID, key_id: UUID) -> None:
    """End a key: within a second nobody gets in with it."""
    run(lambda session, _: domain.revoke_key(session, OPERATOR, client_id, key_id))
    typer.echo("revoked")


def checked(organisation: str, team: str, name: str, scopes: list[str]) -> NewClient:
    """Return the new client; a bad parameter names what is wrong with it."""
    try:
        return NewClient(organisation=organisation, team=team, name=name, scopes=scopes)
    except ValidationError as error:
        found = (f"{each['loc'][0]}: {each['msg']}" for each in error.errors())
        raise typer.BadParameter("; ".join(found)) from error


async def ask_registry(settings: GatewaySettings, reference: str) -> UUID:
    """Return the id of the organisation that the registry knows by a reference."""
    tokens = Tokens(TokenSigner(settings.token_private_key, "doorway-gateway", settings.token_key_id))
    async with Upstream(settings, tokens).running() as upstream:
        return await organisation_known_as(upstream, reference)


def run(work: Callable[[AsyncSession, GatewaySettings], Awaitable[Done]]) -> Done:
    """Do something in one transaction and tell the gateway of it; a problem ends with its detail."""
    try:
        return asyncio.run(in_transaction(work))
    except Problem as problem:
        typer.echo(problem.detail, err=True)
        raise typer.Exit(1) from problem


async def in_transaction(work: Callable[[AsyncSession, GatewaySettings], Awaitable[Done]]) -> Done:
    """Do something in one transaction, then have every gateway process look at its keys again."""
    settings = Settings()
    engine = make_engine(settings)
    try:
        async with make_sessions(engine).begin() as session:
            done = await work(session, settings)
        await announce(engine)
        return done
    finally:
        await engine.dispose()
