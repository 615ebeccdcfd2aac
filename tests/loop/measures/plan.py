"""What is to become of one loop: drawn once, the same in every run."""

from datetime import date
from random import Random
from typing import Literal

PRAISE = "compliment"
Step = tuple[int, str]


class Plan:
    """The way of one loop, as chance will have it."""

    def __init__(self, number: int, random: Random) -> None:
        self.number, self.random = number, random
        self.is_praise = number % 12 == 5

    def voices(self) -> list[tuple[str, bool]]:
        """The people who are heard: the kind of what they say, and whether they can be told."""
        count = self.random.choice([1, 1, 3, 6, 8])
        kinds = [PRAISE] if self.is_praise else ["story", "story", "comment", "suggestion", PRAISE]
        said = [(self.random.choice(kinds), self.random.random() < 0.75) for _ in range(count)]
        return said if self.is_praise else [("story", said[0][1]), *said[1:]]

    def opening(self) -> Step:
        """How the loop is opened: by hand, or by rule."""
        return (self.random.randrange(1, 4), "open") if self.random.random() < 0.85 else (14, "see_it_open")

    def acknowledgement(self) -> Step:
        """When a loop is acknowledged; a few loops never are."""
        return (1, "nothing") if self.number % 25 == 3 else (self.random.randrange(9), "acknowledge")

    def decision(self) -> Step:
        """When it is decided; a few never are."""
        return (1, "nothing") if self.number % 20 == 7 else (self.random.randrange(2, 50), "decide")

    def outcome(self) -> Literal["will_do", "cannot", "will_not"]:
        """What is decided."""
        return self.random.choices(["will_do", "cannot", "will_not"], [6, 3, 1])[0]  # type: ignore[return-value]  # one of these

    def days_promised(self) -> int:
        """How many days it may take."""
        return self.random.randrange(20, 90)

    def work(self, due: date, on: date) -> list[Step]:
        """When the commitment is moved and when its change is claimed; a few never are."""
        days, planned = (due - on).days, list[Step]()
        moves = self.random.random() < 0.3
        if moves:
            planned.append((days + self.random.randrange(-10, 11), "move"))
        if self.number % 11:
            wait = 12 if moves else self.random.randrange(-15, 25)
            planned.append((max(days + wait, 1), "claim"))
        return planned

    def is_accepted(self) -> bool:
        """Whether evidence is found to show the change."""
        return self.random.random() < 0.8

    def telling_ends(self) -> str:
        """The result of a telling to one person."""
        return self.random.choices(["told", "address_refused", "format_not_available"], [90, 7, 3])[0]

    def verdicts(self, told: int) -> list[tuple[str, int]]:
        """The verdicts of the people who were told, if they give one."""
        weights = [1, 1, 7, 1] if self.number % 9 == 2 else [6, 2, 1, 1]
        choices = ["yes", "partly", "no", "cannot_tell"]
        return [
            (self.random.choices(choices, weights)[0], self.random.randrange(1, 6))
            for _ in range(told)
            if self.random.random() < 0.7
        ]


def times_asked(endings: list[str]) -> int:
    """How often verdicts are asked for: when enough are told, and of everybody who is told later."""
    reachable = len(endings) - endings.count("address_refused")
    told = endings.count("told")
    needed = next((n for n in range(1, told + 1) if n / reachable >= 0.9), told)
    return 1 + told - needed if told else 0
