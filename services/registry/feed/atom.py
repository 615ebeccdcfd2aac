"""Changes as an Atom feed (RFC 4287), for readers of news."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID, uuid5

from services.registry.feed.schemas import record_of
from shared.events.base import CATALOGUE
from shared.feeds import NEVER, AtomEntry, atom_feed


def atom(about: Any, path: str, changes: Sequence[Any], names: Mapping[UUID, Any]) -> bytes:
    """Return the feed of what changed about a body, the newest first."""
    entries = (
        AtomEntry(
            urn=f"urn:uuid:{change.id}",
            title=headline(change, names),
            updated=change.at,
            link=record_of(change).href,
            content=f"Why: {change.reason}\nSource: {change.source}",
            categories=(change.type,),
        )
        for change in changes
    )
    return atom_feed(
        entries,
        # The body's own id would be that of other feeds about it as well.
        urn=f"urn:uuid:{uuid5(about.id, 'changes')}",
        title=f"What changed: {about.name}",
        updated=changes[0].at if changes else NEVER,
        author="Doorway",
        path=path,
    )


def headline(change: Any, names: Mapping[UUID, Any]) -> str:
    """Return to whom something happened, and what, in a sentence."""
    sentence = " ".join((CATALOGUE[change.type].__doc__ or change.type).split()).rstrip(".")
    named = names.get(change.record_id)
    return f"{named.name}: {sentence}" if named else sentence
