"""What can be wrong with a verdict."""

from shared.errors import Conflict, Problem


class VerdictNotOpen(Conflict):
    """Verdicts are asked for once people have been told, and for 28 days: look the code up to see when."""


class LoopToBeNamed(Problem):
    """Verdicts are open on more than one loop that answers this: name the one you mean as `loop_id`."""

    status = 422
