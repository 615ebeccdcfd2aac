"""`doorway doctor`: what is wrong with a deployment, and the next command."""

import asyncio
import os

import typer
from rich.console import Console

from deploy.doctor import Fault, deployment_of, examine
from deploy.local.home import home_of_checkout

console = Console(highlight=False, soft_wrap=True)


def doctor() -> None:
    """Name each fault of this deployment and the next command to run; exits with 1 when there is one."""
    found = asyncio.run(examine(deployment_of(home_of_checkout(), os.environ)))
    faults = [each for each in found if not each.note]
    for each in found:
        print_fault(each)
    if faults:
        console.print(f"\n{len(faults)} {'fault' if len(faults) == 1 else 'faults'}.")
        raise typer.Exit(1)
    console.print("\nNothing is wrong.")


def print_fault(fault: Fault) -> None:
    """Print one fault and what to do next."""
    style = "cyan" if fault.note else "red"
    console.print(f"[{style}]{fault.name}[/{style}]: ", end="")
    console.print(fault.sentence, markup=False)
    console.print(f"    next: {fault.next}", markup=False)
