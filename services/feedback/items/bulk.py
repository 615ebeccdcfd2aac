"""Much feedback at once: what came before is left out, the rest is stored in batches with its events."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any, TypeAlias
from uuid import UUID

import asyncpg

from services.feedback.items.desk import Desk
from services.feedback.items.intake import Intake, digest_of
from services.feedback.items.schemas import NewFeedback
from services.feedback.items.statement import compose

Driver: TypeAlias = "asyncpg.Connection[asyncpg.Record]"
BATCH = 500
KNOWN = "SELECT external_ref, digest FROM feedback WHERE origin_id = $1 AND external_ref = ANY($2)"


@dataclass(slots=True)
class Sorted:
    """What is to be done with many pieces of feedback of one origin."""

    new: list[NewFeedback] = field(default_factory=list)
    changed: list[NewFeedback] = field(default_factory=list)
    unchanged: int = 0


async def sort(
    connection: Driver,
    offered: Sequence[NewFeedback],
    origin_id: UUID,
    desk: Desk,
) -> Sorted:
    """Tell apart what is new, what came before with other content, and what came before just so."""
    refs = [desk.codes.external_ref_of(new.external_id) for new in offered if new.external_id]
    rows = await connection.fetch(KNOWN, origin_id, refs)
    known: dict[str, bytes | None] = {row["external_ref"]: row["digest"] for row in rows}
    found = Sorted()
    for new in offered:
        ref = desk.codes.external_ref_of(new.external_id) if new.external_id else ""
        if ref not in known:
            found.new.append(new)
        elif known[ref] == digest_of(new, desk):
            found.unchanged += 1
        else:
            found.changed.append(new)
        if ref:
            known[ref] = digest_of(new, desk)
    return found


def batches(offered: Sequence[NewFeedback]) -> Iterator[Sequence[NewFeedback]]:
    """Yield what is offered in batches."""
    yield from (offered[start : start + BATCH] for start in range(0, len(offered), BATCH))


async def store_all(connection: Driver, intakes: Sequence[Intake]) -> None:
    """Store what was made ready, all or nothing; UniqueViolationError when some of it came meanwhile."""
    composed: list[tuple[str, list[Any]]] = sorted(
        (compose(intake.parts) for intake in intakes), key=lambda each: each[0]
    )
    async with connection.transaction():
        for statement, group in groupby(composed, key=lambda each: each[0]):
            await connection.executemany(statement, [arguments for _, arguments in group])
