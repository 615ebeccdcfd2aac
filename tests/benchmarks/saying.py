"""What is said in the benchmarks, about a body that is known without the registry."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from shared.db import Driver
from tests.benchmarks.load import Request
from tests.fixtures.clients import token_for
from tests.fixtures.stack import Stack

BODY = UUID("0196a000-0000-7000-8000-000000000001")
CLIENT = UUID("0196a000-0000-7000-8000-000000000002")
SCOPES = ("feedback:write", "feedback:read", "webhooks:manage")
KNOWN = """
    INSERT INTO organisation_copy (id, sequence, name, ods, successors)
    VALUES ($1, 1, 'Measured Trust', 'ZZB', '[]') ON CONFLICT (id) DO NOTHING"""
WORDS = (
    "I waited for three hours on a hard chair, and nobody said how long it would take. The nurse who saw me "
    "in the end was kind. She explained what would happen next, and who would write to my doctor about it."
)


@dataclass(frozen=True, slots=True)
class Said:
    """One piece of feedback as a client sends it."""

    text: str = WORDS
    kind: str = "comment"

    def body(self) -> dict[str, object]:
        """The body of the request."""
        return {
            "kind": self.kind,
            "text": self.text,
            "organisation": "ods:ZZB",
            "rating": {"value": 4, "scale": "1-5"},
            "permissions": {"publish": "yes"},
        }

    def request(self) -> Request:
        """The request that gives it."""
        return Request("POST", "/v1/feedback", self.body())


async def make_body_known(connection: Driver) -> None:
    """Let feedback know the body that is talked about."""
    await connection.execute(KNOWN, BODY)


def signed(stack: Stack, service: str) -> Mapping[str, str]:
    """The header by which a service knows that the gateway asks for a client of the body."""
    token = token_for(
        stack.home.secrets, service, client_id=CLIENT, organisation_id=BODY, team="bench", scopes=SCOPES
    )
    return {"Authorization": f"Bearer {token}"}
