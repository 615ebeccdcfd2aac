"""What is wrong with a deployment, in one sentence, and what to do next."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault: its name, what it is, and the next command.

    A note is no fault: it says how something is that a person should know.
    """

    name: str
    sentence: str
    next: str
    note: bool = False
