"""`doorway openapi`, `asyncapi`, `events`: documents made from the code, and events that failed."""

import asyncio
import os
from typing import Annotated
from uuid import UUID

import typer
from rich.console import Console
from rich.table import Table

from deploy.dead_letters import (
    discard_dead_letter,
    read_dead_letters,
    republish_dead_letters,
    restore_dead_letter,
    settle_streams,
)
from deploy.documents import ASYNCAPI, EVENTS_PAGE, OPENAPI, Generated
from deploy.keys import SERVICES
from deploy.local.home import CHECKOUT
from shared.logs import set_up_logs
from shared.operators import ByOperator

console = Console()
events = typer.Typer(
    help="Make the page of events; list, replay and discard events that a consumer could not process.",
    no_args_is_help=True,
)
Check = Annotated[
    bool, typer.Option("--check", help="Change nothing. Exit with 1 if the file is out of date.")
]
OneService = Annotated[str, typer.Argument(help="The service that keeps the dead letter.")]
EventId = Annotated[UUID, typer.Argument(help="The id of the event, as `dead-letters` lists it.")]
Service = Annotated[str | None, typer.Argument(help="One service. Without it: all.")]


def openapi(*, check: Check = False) -> None:
    """Make deploy/openapi.json from the services."""
    write_or_check(OPENAPI, check=check)


def asyncapi(*, check: Check = False) -> None:
    """Make deploy/asyncapi.json from the event classes."""
    write_or_check(ASYNCAPI, check=check)


@events.command("docs")
def events_page(*, check: Check = False) -> None:
    """Make docs/events.md from the event classes."""
    write_or_check(EVENTS_PAGE, check=check)


@events.command("dead-letters")
def list_dead_letters(service: Service = None) -> None:
    """List the events that failed at every attempt and have not been replayed."""
    table = Table("service", "consumer", "event", "type", "failed", "error")
    for each in choose_services(service):
        for letter in asyncio.run(read_dead_letters(each, os.environ)):
            failed = letter.failed_at.isoformat(timespec="seconds")
            table.add_row(each, letter.consumer, str(letter.event_id), letter.type, failed, letter.error)
    console.print(table if table.row_count else "There are no dead letters.")


@events.command("replay")
def replay_dead_letters(service: Service = None) -> None:
    """Send the dead letters to the consumers again; a consumer that has one already ignores it."""
    for each in choose_services(service):
        console.print(f"{each}: {asyncio.run(republish_dead_letters(each, os.environ))} replayed")


@events.command("discard")
def discard(
    service: OneService,
    event: EventId,
    *,
    by: ByOperator,
    reason: Annotated[str, typer.Option(help="Why nobody needs the event any more.")],
) -> None:
    """Discard a dead letter that cannot or must not be replayed; it is kept, and `restore` undoes this."""
    choose_services(service)
    if not reason.strip():
        raise typer.BadParameter("say why nobody needs the event any more (--reason)")
    found = asyncio.run(discard_dead_letter(service, os.environ, event, by.pseudonym, reason.strip()))
    say_how_many(found, event, "discarded")


@events.command("restore")
def restore(service: OneService, event: EventId, *, by: ByOperator) -> None:
    """Let a dead letter that was discarded wait again; the log says who did it."""
    choose_services(service)
    set_up_logs("doorway", "info")
    found = asyncio.run(restore_dead_letter(service, os.environ, event, by.pseudonym))
    say_how_many(found, event, "restored")


@events.command("settle")
def settle(service: Service = None) -> None:
    """Take note of what the broker lost, after republishing: `doorway doctor` says it no more."""
    for each in choose_services(service):
        console.print(f"{each}: {asyncio.run(settle_streams(each, os.environ))} settled")


def say_how_many(found: int, event: UUID, done: str) -> None:
    """Say what was done with a dead letter; exits with 1 when there is no such letter."""
    if not found:
        console.print(f"There is no such dead letter: {event}. List them: doorway events dead-letters")
        raise typer.Exit(1)
    console.print(f"{event} is {done}.")


def write_or_check(generated: Generated, *, check: bool) -> None:
    """Write a document, or exit with 1 when it is not what the code makes now."""
    name = generated.path.relative_to(CHECKOUT)
    if not check:
        generated.write()
        console.print(f"{name} is written.")
    elif not generated.is_current():
        console.print(f"{name} is not up to date. Run: make docs")
        raise typer.Exit(1)


def choose_services(service: str | None) -> tuple[str, ...]:
    """The services that are asked for; a bad parameter when there is no such service."""
    if service and service not in SERVICES:
        raise typer.BadParameter(f"the services are {', '.join(SERVICES)}")
    found = (service,) if service else SERVICES
    for each in found:
        if f"{each.upper()}_DATABASE_URL" not in os.environ:
            raise typer.BadParameter("the stack is down. Start it: make up")
    return found
