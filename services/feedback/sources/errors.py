"""What a source's owner or a sending system can be told."""

from shared.errors import Conflict, Forbidden, Invalid, NotFound, Unauthorised


class SourceNotFound(NotFound):
    """There is no such source: check the id at the end of the hook's address."""


class SourceNotLive(Conflict):
    """This source takes nothing in for now: its owner has paused it or not finished setting it up."""


class SourceNotReady(Invalid):
    """A source goes live only with controller, lawful basis, Article 9 condition, notice and retention."""


class OrganisationRequired(Forbidden):
    """A source belongs to an organisation: use the key of a client that acts for one."""


class SignatureRefused(Unauthorised):
    """The signature does not fit: check the secret, the headers and that the bytes signed are those sent."""


class MessageIdRefused(Invalid):
    """The message has no usable id: it has to be one line of 1 to 200 characters."""


class MessageIdReused(Conflict):
    """Another body came under this message id before: send a changed message under an id of its own."""


class BodyNotJson(Invalid):
    """The body is neither JSON in UTF-8 nor an HTML form: nothing was kept, so send it again."""


class SecretRefused(Invalid):
    """The secret does not suit the scheme."""


class MappingRefused(Invalid):
    """The mapping cannot be used as it is: `errors` names each part."""


class SampleFailed(Invalid):
    """The mapping does not turn its samples into what is expected of them: `errors` names each difference."""


class Unmappable(Exception):
    """A payload cannot become feedback; names the class of error and the field, nothing that it says."""

    def __init__(self, error_class: str, field: str | None = None) -> None:
        super().__init__(error_class, field)
        self.error_class = error_class
        self.field = field
