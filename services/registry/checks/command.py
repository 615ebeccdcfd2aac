"""`doorway registry check`: compare what a registry answers with control tables."""

from typing import Annotated

import httpx2
import typer
from rich.console import Console
from rich.table import Table

from services.registry.checks.api import ANSWER_SECONDS, RegistryApi
from services.registry.checks.domain import Checked, check_registry

URL_HELP = "Where the registry answers: a gateway, or the service itself."
KEY_HELP = "A key for it. Without one, you can send fewer requests a minute, and the check takes longer."


def check(
    url: Annotated[str, typer.Option(envvar="DOORWAY", help=URL_HELP)] = "http://127.0.0.1:8080",
    key: Annotated[str | None, typer.Option(envvar="DOORWAY_KEY", help=KEY_HELP)] = None,
) -> None:
    """Check what the registry answers: counts by day, homes, successions and shares.

    It compares answers with the control table that ships, and with each other. It fails on a difference.
    """
    console = Console()
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    try:
        with httpx2.Client(base_url=url, headers=headers, timeout=ANSWER_SECONDS) as client:
            checked = list(check_registry(RegistryApi(client)))
    except httpx2.HTTPError as error:
        console.print(f"The registry does not answer at {url}: {error}", style="red", markup=False)
        raise typer.Exit(2) from error
    print_checked(console, checked)
    if wrong := [each.difference for each in checked if each.difference]:
        for difference in wrong:
            console.print(difference, style="red", markup=False, soft_wrap=True)
        raise typer.Exit(1)
    console.print(f"{len(checked)} checks: no difference.")


def print_checked(console: Console, checked: list[Checked]) -> None:
    """Print what was compared."""
    table = Table("", "right", "found", "what others published")
    for each in checked:
        table.add_row(each.what, each.right, each.found, each.note)
    console.print(table)
