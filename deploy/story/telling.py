"""How the story is told: one heading a step, one line a fact."""

from rich.console import Console
from rich.markup import escape


class Teller:
    """Prints the story as it is played."""

    def __init__(self, console: Console) -> None:
        self.console = console

    def step(self, number: int, sentence: str) -> None:
        """Begin a step."""
        self.console.print(f"\n[bold cyan]({number})[/bold cyan] [bold]{escape(sentence)}[/bold]")

    def fact(self, sentence: str) -> None:
        """Say what was asked or answered."""
        self.console.print(f"    {escape(sentence)}", highlight=False, soft_wrap=True)
