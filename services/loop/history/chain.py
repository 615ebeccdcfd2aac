"""The form of a loop's history: what is hashed, and how."""

import hashlib
import json
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import NamedTuple, Self, TypedDict
from uuid import UUID

from shared.auth import Actor, Caller
from shared.schemas import in_utc

SALT_BYTES = 16


@dataclass(frozen=True, slots=True)
class By:
    """Who took a step: client, organisation and team, and the person acting, by a pseudonym."""

    client: UUID | None
    organisation: UUID | None
    team: str | None
    actor: str
    role: str

    @classmethod
    def of(cls, caller: Caller, actor: Actor) -> Self:
        """Who acts in a request."""
        return cls(caller.client_id, caller.organisation_id, caller.team, actor.pseudonym, actor.role)

    def columns(self) -> "ByColumns":
        """The values of the columns that say who did something."""
        return ByColumns(
            client_id=self.client,
            organisation_id=self.organisation,
            team=self.team,
            actor=self.actor,
            actor_role=self.role,
        )


class ByColumns(TypedDict):
    """The columns that say who did something, in every table of what happens to a loop."""

    client_id: UUID | None
    organisation_id: UUID | None
    team: str | None
    actor: str
    actor_role: str


# The rules act on their own when time has passed or another service has published an event.
BY_RULE = By(None, None, None, "doorway", "rule")


class HistoryCheck(NamedTuple):
    """The result of checking a loop's history."""

    intact: bool
    length: int
    head: str
    first_broken: int | None
    detail: str


def digest(salt: str, text: str) -> str:
    """The salted digest by which an entry holds a text."""
    return hashlib.sha256((salt + text).encode()).hexdigest()


def hash_of(body: str) -> str:
    """The hash of an entry's exact text."""
    return hashlib.sha256(body.encode()).hexdigest()


def new_salt() -> str:
    """A salt for one text."""
    return secrets.token_hex(SALT_BYTES)


def canonical(entry: Mapping[str, object]) -> str:
    """The one way in which an entry is written down."""
    return json.dumps(entry, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=plain_text)


def plain_text(value: object) -> str:
    """An id, a day or an instant as it is written in an entry."""
    return in_utc(value) if isinstance(value, datetime) else str(value)


def entry_of(
    loop_id: UUID,
    position: int,
    previous: str,
    at: datetime,
    step: str,
    by: By,
    facts: Mapping[str, object],
    digests: Mapping[str, str],
) -> str:
    """The exact text of an entry."""
    return canonical(
        {
            "loop": loop_id,
            "position": position,
            "previous": previous,
            "at": at,
            "step": step,
            "by": asdict(by),
            "facts": facts,
            "texts": digests,
        }
    )
