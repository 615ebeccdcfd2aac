"""What becomes of organisations, as stewards say it; what becomes of footprints is declared as a merger."""

from datetime import date, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.models import Body, Relation
from services.registry.relations import queries
from services.registry.relations.schemas import NewRelation, RelationCorrection
from shared.errors import invalid

DAY = timedelta(days=1)
SHARES_MAX = 1.001
OF_FOOTPRINTS = "What becomes of a footprint is declared, corrected and withdrawn at `/v1/mergers`."


def refuse_step(of: Body, to: Body, new: NewRelation) -> None:
    """Refuse that one body passes to another what it cannot on that day."""
    day = new.valid_from
    if of.is_footprint:
        raise invalid("/kind", OF_FOOTPRINTS)
    if new.kind == "succeeded_by":
        refuse_early(of, day)
    elif of.closed_on and day > of.closed_on:
        detail = f"It closed on {of.closed_on}: name that day or an earlier one, or say `succeeded_by`."
        raise invalid("/valid_from", detail)
    elif of.opened_on and day < of.opened_on:
        raise invalid("/valid_from", f"It opened on {of.opened_on}: name that day or a later one.")
    if (to.opened_on and to.opened_on > day) or (to.closed_on and to.closed_on < day):
        raise invalid("/to", f"It is not open on {day}: name a body that is, or another day.")


def refuse_early(of: Body, day: date) -> None:
    """Refuse successors of a body that does not close on the day before."""
    if of.closed_on is None:
        detail = "It stays open: say at `…/ending` that it closes on the day before, or `services_passed_to`."
        raise invalid("/valid_from", detail)
    if of.closed_on != day - DAY:
        raise invalid("/valid_from", f"It closes on {of.closed_on}: name the day after, or correct that day.")


async def refuse_shares(session: AsyncSession, link: Relation) -> None:
    """Refuse more than the whole of a body to be shared among its successors."""
    if link.share is None or link.kind != "succeeded_by":
        return
    others = await queries.sum_of_shares(session, link)
    if others + link.share > SHARES_MAX:
        detail = f"With what is said already, the shares add up to {others + link.share:.4f}: correct them."
        raise invalid("/share", detail)


async def refuse_fixed(session: AsyncSession, of: Body, link: Relation, *, is_ending: bool) -> None:
    """Refuse to change what others rest on: mergers, and successions that were applied."""
    if of.is_footprint or link.kind == "area_passed_to":
        raise invalid("/path/relation_id", OF_FOOTPRINTS)
    if is_ending:
        raise invalid("/path/relation_id", "What has passed on has no end: correct it, or withdraw it.")
    if link.kind == "succeeded_by" and await queries.is_applied(session, of.id):
        detail = "This succession was applied: what the body owned is its successors' now."
        raise invalid("/path/relation_id", detail)


def changes_of(link: Relation, given: RelationCorrection) -> dict[str, object]:
    """What a correction changes in a step: its share alone, as its days follow from those of the bodies."""
    for name in ("valid_from", "valid_to"):
        if name in given.model_fields_set:
            raise invalid(f"/{name}", "Withdraw it with `withdrawn`, then say it again with the right day.")
    if "share" not in given.model_fields_set or given.share == link.share:
        raise invalid("", "It already says this: there is nothing to correct.")
    return {"share": given.share}
