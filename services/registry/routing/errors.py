"""What can be wrong with what is asked about."""

from shared.errors import Invalid


class TopicUnknown(Invalid):
    """This topic is not known: take one of those that `errors` names, or leave it out."""
