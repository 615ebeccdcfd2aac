"""The value that could not be mapped, as its source's owner sees it: masked, cut, and never of a person."""

import json

from pydantic import JsonValue

from services.feedback.items.schemas import NewFeedback
from services.feedback.leaving_out import NOT_KEPT
from services.feedback.sources.mapping import Unmappable
from services.feedback.sources.models import Quarantined
from services.feedback.sources.sealing import SourceSeals
from shared.masking import CHARS_AT_ONCE, mask

SHOWN_CHARS_MAX = 200
# What a long text holds at its end may be half of a number, which no mask covers.
SURE_CHARS_MIN = 500
# A code is the person's own, and what is sealed elsewhere is not shown here.
NEVER_SHOWN = frozenset({*NOT_KEPT, "reply_code"})


def value_to_show(field: str | None, given: JsonValue) -> str | None:
    """A value masked and cut; None for what is no single value, or is of a field that is never shown."""
    if field is None or field.partition(".")[0] in NEVER_SHOWN or given is None:
        return None
    if isinstance(given, list | dict):
        return None
    text = given if isinstance(given, str) else json.dumps(given)
    masked = mask(text[:CHARS_AT_ONCE].replace("\0", "\ufffd"))
    if len(text) > CHARS_AT_ONCE and len(masked) < SURE_CHARS_MIN:
        return None
    return masked[:SHOWN_CHARS_MAX]


def value_at(new: NewFeedback, field: str | None) -> JsonValue:
    """What a piece of feedback holds in a field, named with dots; None where it holds nothing there."""
    found: JsonValue = new.model_dump(mode="json")
    for name in (field or "?").split("."):
        if isinstance(found, list) and name.isdecimal():
            found = found[int(name)] if int(name) < len(found) else None
        else:
            found = found.get(name) if isinstance(found, dict) else None
    return found


def seal_value(row: Quarantined, fault: Unmappable, seals: SourceSeals) -> None:
    """Keep what could not be mapped beside the fault, sealed, for as long as the answer waits."""
    shown = value_to_show(fault.field, fault.given)
    row.sealed_value = None if shown is None else seals.seal_value(row.received_id, shown)


def open_value(row: Quarantined, seals: SourceSeals) -> str | None:
    """What could not be mapped, with the masks of today."""
    if row.sealed_value is None:
        return None
    return mask(seals.open_value(row.received_id, row.sealed_value))
