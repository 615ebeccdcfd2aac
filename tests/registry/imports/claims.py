"""What a catalogue says of bodies, as the tests read it."""

from types import SimpleNamespace

from services.registry.imports.facts import BodyFacts
from services.registry.imports.staging import BY_NAME


def said_of(body: BodyFacts, fact: str) -> list[SimpleNamespace]:
    """The facts of a table that files say of a body, by the columns of the table."""
    unsaid = dict.fromkeys(BY_NAME[fact].columns)
    return [SimpleNamespace(**(unsaid | claim.says)) for claim in body.claims if claim.fact == fact]
