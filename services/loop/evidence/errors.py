"""What can be wrong with evidence and with judging it."""

from shared.errors import Conflict, Forbidden, Problem


class EvidenceRequired(Problem):
    """Give evidence first: what can be seen, read or measured, and when it was."""

    status = 422


class SelfVerification(Forbidden):
    """Somebody else has to judge this: whoever owns it, claimed it or gave the evidence has a part in it."""


class AlreadyVerified(Conflict):
    """Somebody has judged this evidence already: give new evidence if more has been found."""


class NotClaimed(Conflict):
    """Nobody claims a change by this evidence at the moment: claim it first."""
