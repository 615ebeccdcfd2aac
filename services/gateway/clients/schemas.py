"""The shapes of clients and keys."""

from collections.abc import Iterable
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, Field

from shared.auth import is_product_name
from shared.manifest import manifests
from shared.schemas import Answer, BodyRef, Line, Moment, Schema

# What a client may do: the scopes that the manifests of the services name.
SCOPES = {scope: meaning for service in manifests().values() for scope, meaning in service.scopes.items()}

OPERATOR_SCOPE = "operator"


def check_scopes(scopes: Iterable[str]) -> list[str]:
    """The scopes once each, sorted; ValueError that names those that do not exist."""
    if unknown := sorted(set(scopes) - SCOPES.keys()):
        raise ValueError(f"unknown scope: {', '.join(unknown)}")
    return sorted(set(scopes))


def refuse_operator(scopes: list[str]) -> list[str]:
    """Refuse the scope that makes a client the operator's, which nobody gives by the API."""
    if OPERATOR_SCOPE in scopes:
        raise ValueError(f"only `doorway client create`, at the operator's shell, gives `{OPERATOR_SCOPE}`")
    return scopes


def check_name(name: str) -> str:
    """Refuse a name that reads as the product's own."""
    if is_product_name(name):
        raise ValueError("this name is the product's own. Choose another")
    return name


Name = Annotated[Line, AfterValidator(check_name)]
Scopes = Annotated[list[str], Field(min_length=1, max_length=20), AfterValidator(check_scopes)]


class NewClient(Schema):
    """A partner application that needs access."""

    organisation: BodyRef = Field(
        description="The organisation that it acts for: our id, `ods:…` or `ons:…`."
    )
    team: Name = Field(description="The team within the organisation.")
    name: Name = Field(description="What the application is called.")
    scopes: Annotated[Scopes, AfterValidator(refuse_operator)] = Field(description="What it may do.")


class ShellClient(NewClient):
    """A client that the operator makes at the shell, where it may be marked as the operator's own."""

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

    key: str = Field(description="The key. We show it only once.")


class KeyMade(KeyOut):
    """A new key."""

    client_id: UUID
    endpoints: list[UUID] = Field(
        description="The client's webhook endpoints. If its other key leaked, delete those you do not know."
    )
    key: str = Field(description="The key. We show it only once.")


class Quota(Answer):
    """How many requests are allowed in how long."""

    requests: int
    window_seconds: int


class Whoami(Answer):
    """Who is calling and what they may do."""

    client_id: UUID
    organisation_id: UUID
    team: str
    scopes: list[str]
    key_id: UUID
    limit: Quota
