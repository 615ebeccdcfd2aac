"""What can be wrong about a door."""

from uuid import UUID

from shared.errors import Conflict, Problem


class SourceRequired(Problem):
    """A way to reach one person needs a `source` that published it, as an https address: give a role's door
    instead, or say where it stands."""

    status = 422


class ContactKnown(Conflict):
    """This door is there already: verify or correct it instead."""

    def __init__(self, contact_id: UUID) -> None:
        detail = f"This door is there already: verify or correct /v1/contacts/{contact_id} instead."
        super().__init__(detail, headers={"Location": f"/v1/contacts/{contact_id}"})


class ContactEnded(Conflict):
    """This door is closed: correct it, if it is not."""
