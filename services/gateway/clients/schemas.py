"""The shapes of clients and keys."""

from collections.abc import Iterable
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, Field

from services.gateway.clients.scopes import known_scopes
from shared.schemas import Answer, BodyRef, Line, Moment, Schema


def known(scopes: Iterable[str]) -> list[str]:
    """Return the scopes once each, sorted; ValueError naming those that do not exist."""
    return sorted(known_scopes(scopes))


Scopes = Annotated[list[str], Field(min_length=1, max_length=20), AfterValidator(known)]


class NewClient(Schema):
    """A partner application that is to have access."""

    organisation: BodyRef = Field(description="Whom it acts for: a registry id, `ods:…` or `ons:…`.")
    team: Line = Field(description="The team within the organisation.")
    name: Line = Field(description="What the application is called.")
    scopes: Scopes = Field(description="What it may do.")


class KeyOut(Answer):
    """A key, without its secret."""

    id: UUID
    created_at: Moment
    revoked_at: Moment | None


class ClientOut(Answer):
    """A partner application and its keys."""

    id: UUID
    organisation_id: UUID
    team: str
    name: str
    scopes: list[str]
    keys: list[KeyOut]
    created_at: Moment
    version: int


class ClientMade(ClientOut):
    """A new client with its first key."""

    key: str = Field(description="The key: it is shown this once and cannot be read again.")


class KeyMade(KeyOut):
    """A new key."""

    client_id: UUID
    key: str = Field(description="The key: it is shown this once and cannot be read again.")


class Quota(Answer):
    """How many requests are allowed in how long."""

    requests: int
    window_seconds: int


class Whoami(Answer):
    """Who is calling and what they may."""

    client_id: UUID
    organisation_id: UUID
    team: str
    scopes: list[str]
    key_id: UUID
    limit: Quota
