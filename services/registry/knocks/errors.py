"""What can be wrong about a knock."""

from shared.errors import Conflict, Problem, TooMany


class KnocksSpent(TooMany):
    """You recorded all the knocks at this door that one client may in a day: go on tomorrow."""


class OutcomeKnown(Conflict):
    """What came of this knock is known; only silence can still be answered."""


class TooEarlyForSilence(Problem):
    """Silence is silence after 14 days: leave the outcome out until then, and it is set by itself."""

    status = 422
