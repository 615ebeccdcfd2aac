"""What moderators may not do."""

from shared.errors import Conflict, Forbidden, Invalid


class ComplaintNeverPublished(Invalid):
    """A complaint is never published: forward it, with the person's agreement, to who takes complaints."""


class PublishNotPermitted(Invalid):
    """The person did not allow it to be published: only `permissions.publish` = `yes` does."""


class ReasonRequired(Invalid):
    """Say why it is withheld: people may ask, and the reason stays with it."""


class AlreadyPublished(Conflict):
    """This is published already: withhold it to take it back."""


class AlreadyWithdrawn(Conflict):
    """Who said this took it back: it can only be erased."""


class AlreadyErased(Conflict):
    """Everything personal about this is gone: nothing more can be done with it."""


class NotConcerned(Forbidden):
    """This is not about your organisation or footprint: only a body that it concerns may do this."""
