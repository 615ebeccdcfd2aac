"""What is said of every body on every day, one fact in each slot: its name, its legal form, its codes."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from pydantic import TypeAdapter, ValidationError

from services.registry.bodies.schemas import OdsCode, OnsCode
from services.registry.models import Body, BodyCode, BodyName, Dated, LegalForm
from shared.errors import invalid


@dataclass(frozen=True, slots=True)
class Slot:
    """Where the facts of a slot are kept, and what they have to look like."""

    model: Any
    column: str
    scheme: str | None = None
    form: TypeAdapter[str] | None = None
    example: str = ""

    def read(self, given: str) -> str:
        """Return a value; Invalid when it is none for this slot."""
        try:
            return self.form.validate_python(given) if self.form else given
        except ValidationError as error:
            raise invalid("/value", f"That is no such code: they look like {self.example}.") from error

    def value_of(self, row: Dated) -> str:
        """Return what a fact says."""
        found: str = getattr(row, self.column)
        return found

    def row(self, body: Body, value: str, since: date) -> Dated:
        """Return a new fact: it holds until the body closes."""
        own = {"scheme": self.scheme} if self.scheme else {}
        values = {self.column: value, "valid_from": since, "valid_to": body.closed_on}
        made: Dated = self.model(body_id=body.id, **values, **own)
        return made


SLOTS = {
    "name": Slot(BodyName, "name"),
    "legal_form": Slot(LegalForm, "legal_form"),
    "ods": Slot(BodyCode, "code", "ods", TypeAdapter(OdsCode), "RX6 or QHM"),
    "ons": Slot(BodyCode, "code", "ons", TypeAdapter(OnsCode), "E54000050"),
}


def begins(row: Dated) -> date:
    """Return the first day of a fact; the first of all when its beginning is not known."""
    return row.valid_from or date.min


def ends(row: Dated) -> date:
    """Return the last day of a fact; the last of all when no end is known."""
    return row.valid_to or date.max
