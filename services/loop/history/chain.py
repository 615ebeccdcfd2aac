"""The form of a loop's history: what is hashed, and how."""

import hashlib
import json
import secrets
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, NamedTuple, Self
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
        """Return who acts, from a request."""
        return cls(caller.client_id, caller.organisation_id, caller.team, actor.pseudonym, actor.role)

    def columns(self) -> dict[str, Any]:
        """Return the values of the columns that say by whom."""
        return {
            "client_id": self.client,
            "organisation_id": self.organisation,
            "team": self.team,
            "actor": self.actor,
            "actor_role": self.role,
        }


# What happens by the rules alone, when time has passed or another service tells of something.
BY_RULE = By(None, None, None, "doorway", "rule")


class Verified(NamedTuple):
    """What came of checking a loop's history."""

    intact: bool
    length: int
    head: str
    first_broken: int | None
    detail: str


def digest(salt: str, text: str) -> str:
    """Return the salted digest by which an entry holds a text."""
    return hashlib.sha256((salt + text).encode()).hexdigest()


def hash_of(body: str) -> str:
    """Return the hash of an entry's exact text."""
    return hashlib.sha256(body.encode()).hexdigest()


def new_salt() -> str:
    """Return a salt for one text."""
    return secrets.token_hex(SALT_BYTES)


def canonical(entry: dict[str, Any]) -> str:
    """Return the one way in which an entry is written down."""
    return json.dumps(entry, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=plain)


def plain(value: Any) -> str:
    """Return ids, days and instants as they are written in an entry."""
    return in_utc(value) if isinstance(value, datetime) else str(value)


def entry_of(
    loop_id: UUID,
    position: int,
    previous: str,
    at: datetime,
    step: str,
    by: By,
    facts: dict[str, Any],
    digests: dict[str, str],
) -> str:
    """Return the exact text of an entry."""
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
