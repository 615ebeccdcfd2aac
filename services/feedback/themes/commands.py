"""`doorway feedback train`."""

import asyncio
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Annotated, NoReturn

import typer

from services.feedback.settings import Settings
from services.feedback.themes.examples import Example
from services.feedback.themes.own import find_organisation, forget_model, keep_model, own_examples
from services.feedback.themes.suggesting import FILE
from shared.db import own_transaction

CARD = "theme_model.md"
Into = Annotated[
    Path | None,
    typer.Option(file_okay=False, exists=True, help="Where to write the card, and weights that ship."),
]
Own = Annotated[
    str | None,
    typer.Option(help="Train the model of this organisation, such as ods:RX6, on its own labels."),
]
Anyway = Annotated[
    bool, typer.Option("--anyway", help="Keep its own model though the one that ships is better.")
]
Forget = Annotated[
    bool, typer.Option("--forget", help="Delete its own model: it has the one that ships again.")
]


def train(*, into: Into = None, own: Own = None, anyway: Anyway = False, forget: Forget = False) -> None:
    """Train the model that suggests themes on the labelled comments that ship, or on a trust's own labels."""
    if forget:
        asyncio.run(forget_own(own or ""))
        return
    making = import_making()
    if own is not None:
        train_own(making, own, into, anyway=anyway)
        return
    folder = into or FILE.parent
    weights, card = making.make_model()
    (folder / FILE.name).write_bytes(weights)
    (folder / CARD).write_text(card, encoding="utf-8")
    typer.echo(f"Wrote {FILE.name} ({len(weights):,} bytes) and {CARD} to {folder}.")


def import_making() -> ModuleType:
    """The part that needs the packages of training; says what to install where they are missing."""
    try:
        return import_module("services.feedback.themes.making")
    except ModuleNotFoundError as error:
        stop(f"{error.name} is missing: install requirements/train.txt in an environment of its own.", error)


def stop(why: str, error: Exception | None = None) -> NoReturn:
    """Say why nothing was done, and end with 1."""
    typer.echo(why, err=True)
    raise typer.Exit(1) from error


def train_own(making: ModuleType, ref: str, into: Path | None, *, anyway: bool) -> None:
    """Train the model of an organisation, and keep it if it is better than the one that ships."""
    name, examples = asyncio.run(read_own(ref))
    try:
        made = making.make_own_model(examples, name)
    except ValueError as error:
        stop(f"Nothing was kept. {error}", error)
    if into:
        (into / CARD).write_text(made.card, encoding="utf-8")
    typer.echo(f"Micro F1 {made.own.micro:.3f}; of the model that ships {made.shipped.micro:.3f}.")
    if not (made.is_better or anyway):
        stop("Nothing was kept: the model that ships is as good. Label more, or use --anyway.")
    asyncio.run(keep_own(ref, made.weights, made.card))
    typer.echo(f"{name} has its own model from now on, with {len(examples):,} labelled pieces in it.")


async def read_own(ref: str) -> tuple[str, list[Example]]:
    """The name of an organisation, and its labelled pieces."""
    async with own_transaction(Settings()) as session:
        organisation = await find_organisation(session, ref)
        if organisation is None:
            stop(f"No organisation is known as {ref}.")
        return organisation.name, await own_examples(session, organisation.id)


async def keep_own(ref: str, weights: bytes, card: str) -> None:
    """Keep the model of an organisation."""
    async with own_transaction(Settings()) as session:
        if organisation := await find_organisation(session, ref):
            await keep_model(session, organisation.id, weights, card)


async def forget_own(ref: str) -> None:
    """Delete the model of an organisation."""
    async with own_transaction(Settings()) as session:
        organisation = await find_organisation(session, ref)
        if organisation is None or not await forget_model(session, organisation.id):
            stop(f"{ref or 'Nobody'} has no model of its own.")
    typer.echo(f"{ref} has the model that ships again.")
