"""What can be wrong with a loop, and with a step that it does not allow now."""

from shared.errors import Conflict, Forbidden, Problem


class ComplaintInLoop(Problem):
    """A complaint cannot be part of a loop: forward it, if the person agrees, to who takes formal ones."""

    status = 422


class FeedbackGone(Problem):
    """Who gave this feedback took it back: leave it out."""

    status = 422


class StepNotAllowed(Conflict):
    """The loop is not in a state in which this may happen: `next` lists what may."""


class NotResponsible(Forbidden):
    """Only the body that is to answer may do this: ask it, or act with a key of that body."""


class FeedbackRequired(Problem):
    """A loop opens only when at least one piece of feedback is linked: draft it again with the feedback."""

    status = 422


class ModerationRequired(Problem):
    """A person first makes sure that title and summary let nobody be recognised: then `moderated` is true."""

    status = 422


class PreviewRequired(Problem):
    """See first who will be told: read the preview of tellings and send its `preview_id`."""

    status = 422


class StatementGiven(Conflict):
    """The body has attached its one statement already: say more in a decision or a commitment."""
