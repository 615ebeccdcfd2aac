"""What can be wrong with applying a succession."""

from shared.errors import Conflict, Problem


class NoSuccession(Problem):
    """No footprint was succeeded on this day: see at `/v1/footprints/{ref}/lineage` when and by whom."""

    status = 422


class SuccessionTooEarly(Problem):
    """A succession is applied on its day or after it; until then see with `dry_run` what would move."""

    status = 422


class AlreadySucceeded(Conflict):
    """This succession has been applied: it happens once for each predecessor, and nothing is left to do."""
