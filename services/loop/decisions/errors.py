"""What can be wrong with a decision."""

from shared.errors import Problem


class ReasonTooThin(Problem):
    """Give a reason of substance, which somebody who asked for this can follow and question."""

    status = 422


class ConstraintRequired(Problem):
    """Who lacks resources names the amount, or says in `constraint` what stands against it."""

    status = 422


class RevisitRequired(Problem):
    """Who declines says what would change it, when they look again or why it is final, and how to object."""

    status = 422
