"""`doorway client`: the operator works on clients and keys in the gateway's own database."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Annotated, TypedDict, TypeVar
from uuid import UUID

import typer
from pydantic import ValidationError
from rich.console import Console
from rich.table import Table
from sqlalchemy.ext.asyncio import AsyncSession

from services.gateway.audit.domain import Doer
from services.gateway.clients import domain, queries
from services.gateway.clients.keyring import announce_change
from services.gateway.clients.organisations import find_organisation_id
from services.gateway.clients.schemas import ShellClient
from services.gateway.proxy.upstream import Upstream
from services.gateway.settings import GatewaySettings, Settings
from shared.auth import Actor, Caller
from shared.db import make_engine, make_sessions
from shared.errors import Problem
from shared.operators import ByOperator

app = typer.Typer(help="Clients and their keys.", no_args_is_help=True)
console = Console()
Done = TypeVar("Done")
ID_WIDTH, LIST_WIDTH = 36, 190


class ListedClient(TypedDict):
    """A client as `doorway client list` shows it."""

    client: str
    organisation: str
    team: str
    name: str
    scopes: list[str]
    live_keys: list[str]


def operator_as(actor: Actor) -> Doer:
    """Somebody who acts for the operator at its shell, through no client."""
    return Doer(Caller(), actor)


@app.command()
def create(
    team: Annotated[str, typer.Option(help="The team within the organisation.")],
    name: Annotated[str, typer.Option(help="What the application is called.")],
    scope: Annotated[list[str], typer.Option(help="What it may do. Repeat the option for each scope.")],
    *,
    by: ByOperator,
    organisation: Annotated[
        str | None, typer.Option(help="A registry id, `ods:…` or `ons:…`. The registry must be running.")
    ] = None,
    organisation_id: Annotated[
        UUID | None, typer.Option(help="A registry id. The registry is not asked.")
    ] = None,
) -> None:
    """Make a client and print its key, which is shown only once."""
    if (organisation is None) == (organisation_id is None):
        raise typer.BadParameter("Give either --organisation or --organisation-id.")
    new = validate_new_client(organisation or str(organisation_id), team, name, scope)

    async def make(session: AsyncSession, settings: GatewaySettings) -> domain.IssuedKey:
        owner = organisation_id or await ask_registry_for_organisation(settings, new.organisation)
        return await domain.make_client(
            session,
            operator_as(by),
            organisation_id=owner,
            team=new.team,
            name=new.name,
            scopes=new.scopes,
        )

    issued = run(make)
    typer.echo(f"client {issued.client.id}", err=True)
    typer.echo(issued.text)


@app.command("list")
def list_clients(
    *, as_json: Annotated[bool, typer.Option("--json", help="As a JSON array, for programs.")] = False
) -> None:
    """List clients with their live keys."""
    clients = run(read_clients)
    if as_json:
        typer.echo(json.dumps(clients, indent=1))
        return
    table = Table("client", "organisation", "team", "name", "scopes", "live keys")
    for column in (0, 1, 5):
        table.columns[column].no_wrap, table.columns[column].min_width = True, ID_WIDTH
    for each in clients:
        keys, scopes = "\n".join(each["live_keys"]), " ".join(each["scopes"])
        table.add_row(each["client"], each["organisation"], each["team"], each["name"], scopes, keys)
    # An id that is cut is of no use: where the terminal is narrow, it breaks the lines.
    Console(width=max(console.width, LIST_WIDTH)).print(table)


async def read_clients(session: AsyncSession, _: GatewaySettings) -> list[ListedClient]:
    """All clients, as they are listed."""
    return [
        ListedClient(
            client=str(client.id),
            organisation=str(client.organisation_id),
            team=client.team,
            name=client.name,
            scopes=list(client.scopes),
            live_keys=[str(key.id) for key in client.keys if key.revoked_at is None],
        )
        for client in await queries.all_clients(session)
    ]


@app.command()
def revoke(client_id: UUID, key_id: UUID, by: ByOperator) -> None:
    """Revoke a key. It stops working within a second."""
    run(lambda session, _: domain.revoke_key(session, operator_as(by), client_id, key_id))
    typer.echo("revoked")


def validate_new_client(organisation: str, team: str, name: str, scopes: list[str]) -> ShellClient:
    """Validate a new client; BadParameter says what is wrong with it."""
    try:
        return ShellClient(organisation=organisation, team=team, name=name, scopes=scopes)
    except ValidationError as error:
        wrong = (f"{each['loc'][0]}: {each['msg']}" for each in error.errors())
        raise typer.BadParameter("; ".join(wrong)) from error


async def ask_registry_for_organisation(settings: GatewaySettings, reference: str) -> UUID:
    """The id of the organisation that a registry id or code names; asked of the registry."""
    async with Upstream(settings).running() as upstream:
        return await find_organisation_id(upstream, reference)


def run(work: Callable[[AsyncSession, GatewaySettings], Awaitable[Done]]) -> Done:
    """Run some work in one transaction and notify the gateway; a problem is printed and exits with 1."""
    try:
        return asyncio.run(run_in_transaction(work))
    except Problem as problem:
        typer.echo(problem.detail, err=True)
        raise typer.Exit(1) from problem


async def run_in_transaction(work: Callable[[AsyncSession, GatewaySettings], Awaitable[Done]]) -> Done:
    """Run some work in one transaction, then have every gateway process load its keys again."""
    settings = Settings()
    engine = make_engine(settings)
    try:
        async with make_sessions(engine).begin() as session:
            done = await work(session, settings)
        await announce_change(engine)
        return done
    finally:
        await engine.dispose()
