"""Which of several forms a caller prefers, by its `Accept` or `Accept-Encoding` (RFC 9110, 12.5)."""

from collections.abc import Sequence
from typing import NamedTuple

from starlette.datastructures import Headers


class Range(NamedTuple):
    """One media range of an `Accept`, and how much the caller wants it: from 0, never, to 1."""

    kind: str
    weight: float

    def fit(self, form: str) -> int:
        """How closely the range names a form; 0 where it does not."""
        if self.kind == form:
            return 3
        if self.kind == f"{form.partition('/')[0]}/*":
            return 2
        return 1 if self.kind in ("*/*", "*") else 0


def preferred_form(headers: Headers, forms: Sequence[str], header: str = "accept") -> str:
    """The form that a caller prefers; the first of equals, and the first where it wants none of them."""
    ranges = [range_of(part) for part in ",".join(headers.getlist(header)).split(",") if part.strip()]
    if not ranges:
        return forms[0]
    return max(forms, key=lambda form: (weight_of(form, ranges), -forms.index(form)))


def weight_of(form: str, ranges: Sequence[Range]) -> float:
    """How much a caller wants a form: as the range says that names it most closely."""
    closest = max(ranges, key=lambda each: each.fit(form))
    return closest.weight if closest.fit(form) else 0.0


def range_of(part: str) -> Range:
    """A media range as it stands in `Accept`; a weight that is none counts as 1."""
    kind, *parameters = (each.strip().lower() for each in part.split(";"))
    weights = [each.removeprefix("q=") for each in parameters if each.startswith("q=")]
    try:
        weight = float(weights[0]) if weights else 1.0
    except ValueError:
        weight = 1.0
    return Range(kind, min(max(weight, 0.0), 1.0))
