"""What can be wrong with a declared merger, and with applying its succession."""

from shared.errors import Conflict, Invalid


class MergerNotInFuture(Invalid):
    """The day of this merger has come: to declare it late, say why in `because_late`."""


class UnknownPredecessor(Invalid):
    """No footprint was open under this id or code on the day before: see `/v1/footprints?as_of=`."""


class PredecessorClosed(Conflict):
    """This body has closed, or a merger closes it: correct that merger, or leave this body out."""


class UnknownSuccessor(Invalid):
    """Name a body that opens with the merger, or a footprint that is open on its day."""


class SuccessorUnused(Invalid):
    """Nothing passes to this new body: add a link to it, or leave it out."""


class UnknownRegion(Invalid):
    """No NHS England region has this name: see `/v1/organisations?type=nhs_region`, or leave it out."""


class SharesWrong(Invalid):
    """The shares of a closing body must add up to 1 (within 0.001); of one that stays open, to less."""


class BothSides(Invalid):
    """A body cannot take over from itself, and a body that closes cannot take over on the same day."""


class LinkTwice(Invalid):
    """Two links name the same predecessor and successor: send one link with the sum of their shares."""


class MergerInForce(Conflict):
    """The day of this merger has come: correct what is wrong in each body."""


class MergerWithdrawn(Conflict):
    """This merger was withdrawn: declare it again."""


class NoSuccession(Invalid):
    """No body was succeeded on this day: the lineage of a footprint or an organisation says when, by whom."""


class SuccessionTooEarly(Invalid):
    """Apply a succession on its day or later; until then use `dry_run` to see what would move."""


class NotSucceeded(Conflict):
    """No succession of this body and day is applied, so there is nothing to undo."""


class AlreadySucceeded(Conflict):
    """This succession was applied: each predecessor has only one, so nothing is left to do."""
