"""What can be wrong with a declared merger."""

from shared.errors import Conflict, Invalid


class MergerNotInFuture(Invalid):
    """A merger is declared before its day; for one that was missed, say in `because_late` why."""


class UnknownPredecessor(Invalid):
    """No footprint was open under this id or code on the day before: see `/v1/footprints?as_of=`."""


class PredecessorClosed(Conflict):
    """It has closed, or was declared to: withdraw or correct that first, or leave this one out."""


class UnknownSuccessor(Invalid):
    """This is neither a body that opens with the merger nor a footprint that is open on its day."""


class SuccessorUnused(Invalid):
    """Nothing passes to this new body: add a link to it, or leave it out."""


class UnknownRegion(Invalid):
    """No region of NHS England has this name: see `/v1/organisations?type=nhs_region`, or leave it out."""


class SharesWrong(Invalid):
    """Of one that closes the shares have to sum to 1 (within 0.001), of one that stays open to less."""


class BothSides(Invalid):
    """A body that closes cannot take over on the same day, and none can take over from itself."""


class LinkTwice(Invalid):
    """The same predecessor and successor are named twice: add their shares."""


class MergerInForce(Conflict):
    """Its day has come: what is wrong now is corrected body by body."""


class MergerWithdrawn(Conflict):
    """This merger was withdrawn: declare it anew."""


class ChangedMeanwhile(Conflict):
    """What belongs to these bodies changed at the same moment: send the same again."""
