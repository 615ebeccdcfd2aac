"""What can be wrong with a commitment."""

from shared.errors import Conflict, Forbidden, Problem


class OutcomeRequired(Problem):
    """Say in `people_will_notice` what people will notice, as a sentence: "People will notice that…"."""

    status = 422


class ActivityNotOutcome(Problem):
    """This is an activity, not what changes for people: say what they will notice, or why it counts."""

    status = 422


class AcceptanceRequired(Problem):
    """The team that is to keep this commitment has not accepted it yet: it does so at `/acceptance`."""

    status = 422


class AlreadyAccepted(Conflict):
    """The owner has accepted this commitment already: there is nothing left to do here."""


class AlreadyKept(Conflict):
    """This commitment has been kept: make a new one for what is to come."""


class NotTheOwner(Forbidden):
    """Only the team that is named as its owner may do this: act with a key of that team."""
