"""What can be wrong with a loop."""

from shared.errors import Problem


class ComplaintInLoop(Problem):
    """A complaint cannot be part of a loop: forward it, if the person agrees, to who takes formal ones."""

    status = 422


class FeedbackGone(Problem):
    """Who gave this feedback took it back: leave it out."""

    status = 422
