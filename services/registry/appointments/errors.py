"""What can be wrong about an appointment."""

from collections.abc import Sequence

from shared.errors import Conflict, FieldError, Problem


class Unsound(Problem):
    """What is said of an appointment does not fit together: see `errors`."""

    status = 422
    pointer = ""

    def __init__(self) -> None:
        super().__init__(errors=[FieldError(pointer=self.pointer, detail=self.sentence())])


class HolderNotAllowed(Unsound):
    """A vacancy has no holder, nor has a role for which nobody was announced: leave the holder out."""

    pointer = "/holder"


class HolderRequired(Unsound):
    """Somebody holds a role that is confirmed or interim: say who, or use `not_announced`."""

    pointer = "/holder"


class SharedWithRequired(Unsound):
    """A role that is shared is shared with other bodies: name them in `shared_with`."""

    pointer = "/shared_with"


class EndsBeforeItBegins(Unsound):
    """An appointment ends on the day on which it began, or later: check both days."""

    pointer = "/held_to"


class OutsideTheBodysTime(Unsound):
    """A role of a body is held between its opening and its closing: check the days of both."""

    pointer = "/held_from"


class PublicationRequired(Unsound):
    """Who is named has to be published: give the https address where it stands as `source`."""

    pointer = "/source"


class RoleHeld(Conflict):
    """Somebody holds this role then: send `ends_present` true to end that on the day before, or false when
    both hold it."""

    def __init__(self, detail: str | None, found: Sequence[str]) -> None:
        super().__init__(detail, errors=[FieldError(pointer="/ends_present", detail=each) for each in found])


class AlreadyEnded(Conflict):
    """This appointment has ended: correct it, if it has not."""


class ConfirmedLater(Conflict):
    """It was confirmed on a later day already: there is nothing to do."""
