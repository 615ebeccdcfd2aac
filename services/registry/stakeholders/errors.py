"""What can be wrong with what is told of a stakeholder."""

from shared.errors import Conflict, Invalid


class ConsentRequired(Invalid):
    """An address is kept only with the group's consent: send `consent` with the days that it agreed to."""


class ConsentTooLong(Invalid):
    """A consent holds for two years at most: name an earlier `expires_on`, and ask again before then."""


class ConsentOver(Invalid):
    """This consent has ended or is not given yet: ask the group, then send the days that it agreed to."""


class AddressRequired(Invalid):
    """No address is kept that this consent could be for: send it in `contact`."""


class StakeholderEnded(Conflict):
    """This group has ended, and what is told of it stays as it was: register it anew if it is back."""
