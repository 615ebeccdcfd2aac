"""`doorway feedback train`."""

from importlib import import_module
from pathlib import Path
from typing import Annotated

import typer

from services.feedback.themes.suggesting import FILE

Into = Annotated[Path, typer.Option(file_okay=False, exists=True, help="Where to write weights and card.")]


def train(*, into: Into = FILE.parent) -> None:
    """Train the model that suggests themes on the labelled comments that ship; takes minutes."""
    try:
        making = import_module("services.feedback.themes.making")
    except ModuleNotFoundError as error:
        typer.echo(
            f"{error.name} is missing: install requirements/train.txt in an environment of its own.", err=True
        )
        raise typer.Exit(1) from error
    weights, card = making.make_model()
    (into / FILE.name).write_bytes(weights)
    (into / "theme_model.md").write_text(card, encoding="utf-8")
    typer.echo(f"Wrote {FILE.name} ({len(weights):,} bytes) and theme_model.md to {into}.")
