"""What is asked about: one way to name a place, checked before anything is looked up."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError

from services.registry.lookup.schemas import Method, PlaceGiven
from shared.errors import FieldError, Invalid, invalid

OUTWARD = r"[A-Z]{1,2}[0-9][A-Z0-9]?"
FULL = re.compile(rf"({OUTWARD}) ?([0-9][A-Z]{{2}})")
PART = re.compile(rf"{OUTWARD}( [0-9])?")
ONS = re.compile(r"[A-Z][0-9]{8}")
ODS = re.compile(r"[A-Z0-9]{1,12}")
CCG = re.compile(r"[A-Z0-9]{3}|[A-Z0-9]{5}|E38[0-9]{6}")
EDITION = re.compile(r"(STP|ICB|SICBL|CCG|LAD)([0-9]{4})?")
FAMILIES = {
    "STP": "stp",
    "ICB": "icb",
    "SICBL": "sub_icb_location",
    "CCG": "ccg",
    "LAD": "local_authority",
}
ONE_OF = "Give exactly one of postcode, council, ccg, ods, ons, or latitude with longitude."
ITEM = (
    "This cannot be read: write a postcode, an ONS code, ods: or ons: with a code, or an object as in a"
    " single lookup."
)


@dataclass(frozen=True, slots=True)
class Asked:
    """A place that is asked about: the way to look it up, and what it takes (never shown)."""

    way: str
    method: Method
    values: Mapping[str, Any] = field(repr=False)


def asked(given: PlaceGiven, at: str = "") -> Asked:
    """Return what is asked about; Invalid naming the fields below `at` when it is not one place."""
    named = [name for name in READ if getattr(given, name) is not None]
    position = [name for name in ("latitude", "longitude") if getattr(given, name) is not None]
    if len(named) + bool(position) != 1:
        fields = named + position or [*READ, "latitude", "longitude"]
        raise Invalid(ONE_OF, errors=[FieldError(pointer=f"{at}/{each}", detail=ONE_OF) for each in fields])
    if given.edition is not None and named not in (["ods"], ["ons"]):
        raise invalid(f"{at}/edition", "An edition is that of an ods or ons code: leave it out here.")
    if named:
        text = " ".join(getattr(given, named[0]).upper().split())
        return READ[named[0]](text, f"{at}/{named[0]}", meaning(given.edition, f"{at}/edition"))
    if given.latitude is None or given.longitude is None:
        missing = "longitude" if given.longitude is None else "latitude"
        raise invalid(f"{at}/{missing}", "Give both latitude and longitude.")
    values = {"latitude": given.latitude, "longitude": given.longitude}
    return Asked("position", "nearest_known_position", values)


def asked_in_list(item: Any) -> Asked:
    """Return what one item of a list asks about; Invalid when it is not one well-formed place."""
    if isinstance(item, str):
        scheme, _, code = item.strip().partition(":")
        if code and scheme.lower() in ("ods", "ons"):
            item = {scheme.lower(): code}
        else:
            item = {"ons" if ONS.fullmatch(scheme.upper()) else "postcode": item}
    try:
        return asked(PlaceGiven.model_validate(item))
    except ValidationError:
        # What pydantic would say may repeat what was sent.
        raise Invalid(ITEM) from None


def meaning(edition: str | None, pointer: str) -> dict[str, str | None]:
    """The kind and the edition of the bodies that are meant; Invalid when there is no such edition."""
    if edition is None:
        return {"kind": None, "edition": None}
    family = EDITION.fullmatch(edition.upper())
    if family is None:
        raise invalid(pointer, "There is no such edition: write one such as STP2016, ICB or CCG2016.")
    named = family[0] if family[2] and family[1] in ("STP", "ICB") else None
    return {"kind": FAMILIES[family[1]], "edition": named}


def postcode(text: str, pointer: str, _: object) -> Asked:
    """Return that a postcode or a part of one is asked about."""
    if full := FULL.fullmatch(text):
        return Asked("postcode", "postcode", {"postcode": "".join(full.groups())})
    if PART.fullmatch(text):
        return Asked("part", "postcode_sector" if " " in text else "outward_code", {"part": text})
    raise invalid(pointer, "This is not a postcode: write one such as NE1 4LP.")


def council(text: str, pointer: str, _: object) -> Asked:
    """Return that a council is asked about."""
    if not ONS.fullmatch(text):
        raise invalid(pointer, "This is not an ONS code of a council: write one such as E08000021.")
    return body("council", "ons", text, {"kind": "local_authority", "edition": None})


def ccg(text: str, pointer: str, _: object) -> Asked:
    """Return that a clinical commissioning group is asked about."""
    if not CCG.fullmatch(text):
        raise invalid(pointer, "This is not a code of a CCG: write one such as 13T or E38000212.")
    scheme = "ons" if ONS.fullmatch(text) else "ods"
    return body("ccg", scheme, text, {"kind": "ccg", "edition": None})


def ods(text: str, pointer: str, meant: Mapping[str, str | None]) -> Asked:
    """Return that the body with an ODS code is asked about."""
    if not ODS.fullmatch(text):
        raise invalid(pointer, "This is not an ODS code: write one such as QHM.")
    return body("ods", "ods", text, meant)


def ons(text: str, pointer: str, meant: Mapping[str, str | None]) -> Asked:
    """Return that the body with an ONS code is asked about."""
    if not ONS.fullmatch(text):
        raise invalid(pointer, "This is not an ONS code: write one such as E54000050.")
    return body("ons", "ons", text, meant)


def body(method: Method, scheme: str, code: str, meant: Mapping[str, str | None]) -> Asked:
    """Return that the body with a code is asked about."""
    return Asked("code", method, {"scheme": scheme, "code": code, **meant})


READ: Mapping[str, Callable[[str, str, Mapping[str, str | None]], Asked]] = {
    "postcode": postcode, "council": council, "ccg": ccg, "ods": ods, "ons": ons,
}  # fmt: skip
