"""What is to be written about one body."""

from collections.abc import Iterator, Mapping
from typing import Any
from uuid import UUID

from services.registry.imports.doorways import compare_doors
from services.registry.imports.facts import BodyFacts
from services.registry.imports.known import Facts
from services.registry.imports.meeting import Rows, followed, main_of, uncorrected, write
from services.registry.imports.planning import (
    UNKNOWN,
    Claim,
    Plan,
    Setting,
    all_of,
    appointments_of,
    claims_of,
    contacts_of,
    identity_of,
    relations_of,
    text_of,
)
from services.registry.models import Appointment, BodyCode, BodyName, Boundary, LegalForm, Relation


def plan_of(body: BodyFacts, row: Any, facts: Facts, setting: Setting) -> Plan:
    """Return what is to be written about a body; `row` is its own row, None for a new one."""
    plan = Plan(body, setting.ids[body.key], is_new=row is None)
    if row is None:
        plan.made = claims_of(body, setting.ids)
        return plan
    if body.as_of and not body.is_known:
        plan.is_newer = row.known_on is None or body.as_of > row.known_on
        plan.is_older = not plan.is_newer and body.as_of < row.known_on
    if not body.is_known and not plan.is_older:
        compare_own_row(plan, row)
        for fact, model, claims, rows in slots(body, facts):
            compare_slot(plan, fact, model, claims, Rows(rows))
    scope = scope_of(plan, setting)
    compare_relations(plan, of_files(relations_of(body, setting.ids), scope), facts, setting)
    compare_appointments(plan, of_files(appointments_of(body, setting.ids), scope), facts, scope)
    compare_doors(plan, of_files(contacts_of(body), scope), facts, scope)
    return plan


def scope_of(plan: Plan, setting: Setting) -> frozenset[str]:
    """Return the files that say of this body what there is to say."""
    body, files = plan.body, setting.files
    if body.is_known:
        files = frozenset(body.files)
    elif plan.is_older:
        files = files - {body.at.file}
    return files | {UNKNOWN} if setting.is_whole and not plan.is_older else files


def of_files(claims: list[Claim], files: frozenset[str]) -> list[Claim]:
    """Return the claims of these files."""
    return [claim for claim in claims if claim.at.file in files]


def compare_own_row(plan: Plan, row: Any) -> None:
    """Bring the row of the body itself up to date; days that a steward set stay."""
    body = plan.body
    by_hand = row.dated_by_hand or (not row.file and (row.opened_on or row.closed_on))
    for name, value in (("opened_on", body.opened_on), ("closed_on", body.closed_on)):
        fact, was = name.replace("_", " "), getattr(row, name)
        if value == was or (not row.file and value is None):
            continue
        if by_hand:
            plan.keep(fact, str(value or "not known"), body.at, None)
        else:
            plan.columns[name] = value
            plan.show(fact, str(was or ""), str(value or ""))
    if row.withdrawn_at is not None:
        plan.columns["withdrawn_at"] = None
        plan.show("withdrawn", str(row.withdrawn_at.date()), "")
    unseen = {"key": body.key, "file": body.at.file} | ({"known_on": body.as_of} if plan.is_newer else {})
    plan.unseen = {name: value for name, value in unseen.items() if getattr(row, name) != value}


Slot = tuple[str, type[Any], list[Claim], list[Any]]


def slots(body: BodyFacts, facts: Facts) -> Iterator[Slot]:
    """Yield what a body has one of at a time: what it is, its table, what is claimed, and what is known."""
    found: dict[str, Slot] = {}
    for claim in identity_of(body):
        fact = slot_of(claim.model, claim.values)
        found.setdefault(fact, (fact, claim.model, [], []))[2].append(claim)
    for model in (BodyName, BodyCode, LegalForm, Boundary):
        for row in facts.get(model, []):
            fact = slot_of(model, row._mapping)
            found.setdefault(fact, (fact, model, [], []))[3].append(row)
    yield from found.values()


def slot_of(model: type[Any], values: Any) -> str:
    """Return what a fact is about."""
    if model is Boundary:
        return f"boundary {values['vintage']}"
    return str(values["scheme"]) if model is BodyCode else {BodyName: "name", LegalForm: "legal form"}[model]


def compare_slot(plan: Plan, fact: str, model: type[Any], claims: list[Claim], rows: Rows) -> None:
    """Bring one thing about a body up to date, unless a steward has the last word on it."""
    if rows.by_hand:
        last = rows.by_hand[-1]
        if claims and main_of(model, last._mapping) != main_of(model, claims[-1].values):
            plan.keep(fact, text_of(claims[-1]), claims[-1].at, last.recorded_at)
        return
    wanted = uncorrected(plan, fact, claims, rows)
    if plan.is_observed(plan.body.at.file):
        if not wanted:
            # A blank says nothing.
            return
        wanted = followed(plan, wanted, rows, rows.before)
    write(plan, fact, model, wanted, rows.before)


def ends_of(values: Mapping[str, Any]) -> tuple[str, UUID]:
    """Return what a relation is and to whom."""
    return values["kind"], values["to_id"]


def compare_relations(plan: Plan, claims: list[Claim], facts: Facts, setting: Setting) -> None:
    """Bring what a body is to others up to date; what a steward said of two bodies stays."""
    rows, scope = Rows(facts.get(Relation, [])), scope_of(plan, setting)
    by_hand = {ends_of(row._mapping): row for row in rows.by_hand}
    for claim in claims:
        row = by_hand.get(ends_of(claim.values))
        if row and (row.valid_from, row.valid_to) != (claim.values["valid_from"], claim.values["valid_to"]):
            plan.keep(claim.values["kind"], text_of(claim), claim.at, row.recorded_at)
    claims = [claim for claim in claims if ends_of(claim.values) not in by_hand]
    before = [row for row in rows.of_files(scope, claims) if ends_of(row._mapping) not in by_hand]
    file = plan.body.at.file if plan.is_observed(plan.body.at.file) else ""
    seen = [claim for claim in claims if claim.at.file == file]
    again = {claim.says for claim in seen}
    was = [
        row
        for row in before
        if row.file == file or (row.file == UNKNOWN and all_of(Relation, row._mapping) in again)
    ]
    compare_memberships(plan, seen, was, rows, setting)
    claims = [claim for claim in claims if claim.at.file != file]
    for kind in sorted({claim.values["kind"] for claim in claims} | {row.kind for row in before}):
        said = [row for row in before if row.kind == kind and row not in was]
        mine = uncorrected(plan, kind, [c for c in claims if c.values["kind"] == kind], rows, all_of)
        write(plan, kind, Relation, mine, said)


def compare_memberships(
    plan: Plan, claims: list[Claim], before: list[Any], rows: Rows, setting: Setting
) -> None:
    """Bring up to date what a body is a member of, as a register says it for a day; a blank says nothing.

    It is in one body of each family at a time: in one board, in one location.
    """
    wanted = uncorrected(plan, "member_of", claims, rows)
    for family in dict.fromkeys(setting.families[claim.values["to_id"]] for claim in wanted):
        mine = [claim for claim in wanted if setting.families[claim.values["to_id"]] == family]
        said = [row for row in before if setting.families[row.to_id] == family]
        corrected = Rows(row for row in rows.corrected if setting.families[row.to_id] == family)
        write(plan, "member_of", Relation, followed(plan, mine, corrected, said), said)


def compare_appointments(plan: Plan, claims: list[Claim], facts: Facts, scope: frozenset[str]) -> None:
    """Bring up to date who held the roles of a body."""
    rows = Rows(facts.get(Appointment, []))
    said_by_hand = {all_of(Appointment, row._mapping) for row in rows.by_hand}
    claims = [claim for claim in claims if claim.says not in said_by_hand]
    wanted = uncorrected(plan, "appointment", claims, rows, all_of)
    write(plan, "appointment", Appointment, wanted, rows.of_files(scope, claims))
