"""What the files say meets what they said before, and what stewards said.

What is said again is left as it is. What a steward wrote is never overwritten: the file's word is listed.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from services.registry.imports.history import Span, follow_up, later
from services.registry.imports.known import SAYS
from services.registry.imports.planning import UNKNOWN, Claim, Plan, Values, all_of, text_of, worded
from services.registry.models import BodyCode, BodyName, LegalForm, Relation

# What there is one of at a time, by the column that holds it.
FOLLOWED: Mapping[type[Any], str] = {
    BodyName: "name",
    BodyCode: "code",
    LegalForm: "legal_form",
    Relation: "to_id",
}
DAYS = ("valid_from", "valid_to")
Main = Callable[[type[Any], Mapping[str, Any]], Any]


class Rows:
    """The rows of one kind: those that an import says, those of stewards, and what stewards corrected."""

    def __init__(self, rows: Iterable[Any]) -> None:
        found = sorted(rows, key=lambda row: getattr(row, "valid_from", None) or date.min)
        self.before = [row for row in found if row.superseded_at is None and row.imported]
        self.by_hand = [row for row in found if row.superseded_at is None and not row.imported]
        self.corrected = [row for row in found if row.superseded_at is not None]

    def of_files(self, files: frozenset[str], claims: Iterable[Claim]) -> list[Any]:
        """Return what these files said; of what an unknown file said, that which is claimed again."""
        again = {(claim.model, claim.says) for claim in claims}
        models = {claim.model for claim in claims}
        return [
            row
            for row in self.before
            if row.file in files
            or (
                row.file == UNKNOWN and any((model, all_of(model, row._mapping)) in again for model in models)
            )
        ]


def main_of(model: type[Any], values: Mapping[str, Any]) -> Any:
    """Return what a fact mainly says: its value without the days."""
    column = FOLLOWED.get(model)
    return values[column] if column else all_of(model, values)


def followed(plan: Plan, claims: Sequence[Claim], rows: Rows, before: Sequence[Any]) -> list[Claim]:
    """Return what is to be said, from what a register says for a day and what it said before."""
    model, body = claims[0].model, plan.body
    as_of = body.as_of or date.max
    said = [span_of(model, claim.values) for claim in claims]
    if rows.corrected and not before:
        # A steward said otherwise until then.
        said = [Span(each.value, later(as_of, each.valid_from), each.valid_to, each.rest) for each in said]
    was = [span_of(model, row._mapping) for row in before]
    spans = follow_up(was, said, as_of, body.closed_on, is_newer=plan.is_newer)
    return [Claim(model, values_of(model, each), claims[0].at) for each in spans]


def rest_of(model: type[Any]) -> list[str]:
    """Return the columns beside the value and the days."""
    return [name for name in SAYS[model] if name not in {FOLLOWED[model], *DAYS}]


def span_of(model: type[Any], values: Mapping[str, Any]) -> Span:
    """Return a fact as a value in time."""
    rest = tuple(values[name] for name in rest_of(model))
    return Span(values[FOLLOWED[model]], values["valid_from"], values["valid_to"], rest)


def values_of(model: type[Any], span: Span) -> Values:
    """Return a value in time as the columns of a fact."""
    rest = dict(zip(rest_of(model), span.rest, strict=True))
    return rest | {FOLLOWED[model]: span.value, "valid_from": span.valid_from, "valid_to": span.valid_to}


def uncorrected(
    plan: Plan, fact: str, claims: Iterable[Claim], rows: Rows, main: Main = main_of
) -> list[Claim]:
    """Return the claims without those that a steward corrected or withdrew: only something new is said."""
    found = []
    for claim in claims:
        wanted = main(claim.model, claim.values)
        row = next((row for row in rows.corrected if main(claim.model, row._mapping) == wanted), None)
        if row is None:
            found.append(claim)
        else:
            plan.keep(fact, text_of(claim), claim.at, row.superseded_at)
    return found


def write(plan: Plan, fact: str, model: type[Any], claims: Iterable[Claim], before: Iterable[Any]) -> None:
    """Plan what makes the rows say what is claimed; what is said already stays untouched."""
    claimed = {claim.says: claim for claim in claims}
    gone = []
    for row in before:
        claim = claimed.pop(all_of(model, row._mapping), None)
        if claim is None:
            gone.append(row)
        elif row.file == UNKNOWN:
            plan.found.append((model, row.id, claim.at.file))
    plan.made += claimed.values()
    plan.gone += [(model, row.id) for row in gone]
    if gone or claimed:
        was = "; ".join(worded(model, row._mapping) for row in gone)
        plan.show(fact, was, "; ".join(text_of(claim) for claim in claimed.values()))
