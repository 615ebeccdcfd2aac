"""The doors of a body, as files publish them: seen again on a later day, replaced by others, or gone."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from services.registry.contacts.queries import FORGOTTEN
from services.registry.imports.known import Facts
from services.registry.imports.meeting import Rows
from services.registry.imports.planning import UNKNOWN, Claim, Plan, Values, text_of
from services.registry.models import Contact


def door_of(values: Mapping[str, Any]) -> tuple[str, str, str]:
    """Return what tells one door from another."""
    return values["channel"], values["purpose"], values["value"]


def compare_doors(plan: Plan, claims: list[Claim], facts: Facts, scope: frozenset[str]) -> None:
    """Bring the doors of a body up to date; those that a steward corrected or added stay."""
    rows = Rows(facts.get(Contact, []))
    before = {door_of(row._mapping): row for row in rows.before if row.file in scope or row.file == UNKNOWN}
    by_hand = {door_of(row._mapping) for row in rows.by_hand}
    corrected = {door_of(row._mapping): row for row in rows.corrected}
    # Where these led is forgotten, because they led to one person: no file brings that back.
    forgotten = {door_of(row._mapping)[:2]: row for row in rows.corrected if row.value == FORGOTTEN}
    for claim in claims:
        door = door_of(claim.values)
        if door in before:
            see_again(plan, before.pop(door), claim)
        elif door in by_hand:
            continue
        elif row := corrected.get(door) or forgotten.get(door[:2]):
            plan.keep(door[0], text_of(claim), claim.at, row.superseded_at)
        else:
            plan.made.append(claim)
            plan.show(door[0], "", text_of(claim))
    for row in before.values():
        if row.ended_on is None:
            let_go(plan, row, claims, scope)


def see_again(plan: Plan, row: Any, claim: Claim) -> None:
    """Remember the later day on which a door was published again, also after it had ended."""
    if row.file == UNKNOWN:
        plan.found.append((Contact, row.id, claim.at.file))
    seen_on: date = claim.values["known_on"]
    changes: Values = {name: claim.values[name] for name in ("known_on", "source")}
    if row.ended_on:
        if seen_on > row.ended_on:
            plan.doors[row.id] = changes | {"ended_on": None}
            plan.show(row.channel, "", f"{row.value}, in use again")
    elif seen_on > row.known_on or (seen_on == row.known_on and row.source != claim.values["source"]):
        plan.doors[row.id] = changes


def let_go(plan: Plan, row: Any, claims: list[Claim], scope: frozenset[str]) -> None:
    """End a door that a later day shows replaced, and withdraw one that the same file no longer has."""
    others = [
        claim.values["known_on"]
        for claim in claims
        if (claim.values["channel"], claim.values["purpose"]) == (row.channel, row.purpose)
    ]
    # A blank says nothing; nor does what was published earlier, nor a file that is not there.
    is_blank = not others and plan.is_observed(row.file)
    if is_blank or (others and max(others) < row.known_on) or row.file not in scope:
        return
    after = [text_of(claim) for claim in claims if claim.values["channel"] == row.channel]
    if others and max(others) > row.known_on:
        ended_on = max(others) - timedelta(days=1)
        plan.doors[row.id] = {"ended_on": ended_on}
        plan.show(row.channel, row.value, f"ended on {ended_on}: {'; '.join(after)}")
    else:
        plan.gone.append((Contact, row.id))
        plan.show(row.channel, row.value, "")
