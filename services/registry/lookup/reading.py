"""Read the place of a request: one way to name it, checked before anything is looked up."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

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
KINDS = {
    "STP": "stp",
    "ICB": "icb",
    "SICBL": "sub_icb_location",
    "CCG": "ccg",
    "LAD": "local_authority",
}
ONE_OF = "Give exactly one of postcode, council, ccg, ods, ons, or latitude with longitude."
ITEM = "We cannot read this. Give a postcode, an ONS code, ods: or ons: with a code, or an object."
# The kind of a body, and the edition that its code is of.
Meaning = tuple[str | None, str | None]
ANYTHING: Meaning = (None, None)


@dataclass(frozen=True, slots=True)
class PlaceQuery:
    """A place to look up: the way to do it, and the values that this needs (which `repr` never shows)."""

    way: str
    method: Method
    values: Mapping[str, str | float | None] = field(repr=False)

    @property
    def postcode_parts(self) -> tuple[str, ...]:
        """The postcode or part, its sector and its outward code as they are written, the longest first."""
        if self.way == "part":
            text = str(self.values["part"])
            return (text, text.split()[0]) if " " in text else (text,)
        text = str(self.values["postcode"])
        outward, inward = text[:-3], text[-3:]
        return f"{outward} {inward}", f"{outward} {inward[0]}", outward


def place_query(given: PlaceGiven, at: str = "") -> PlaceQuery:
    """The place of a request; Invalid when it is not exactly one, naming the fields below `at`."""
    codes = [name for name in READERS if getattr(given, name) is not None]
    position = [name for name in ("latitude", "longitude") if getattr(given, name) is not None]
    if len(codes) + bool(position) != 1:
        fields = codes + position or [*READERS, "latitude", "longitude"]
        raise Invalid(ONE_OF, errors=[FieldError(pointer=f"{at}/{each}", detail=ONE_OF) for each in fields])
    if given.edition is not None and codes not in (["ods"], ["ons"]):
        raise invalid(f"{at}/edition", "Only `ods` and `ons` codes have an edition. Leave it out.")
    if codes:
        text = " ".join(upper_case(getattr(given, codes[0])).split())
        return READERS[codes[0]](text, f"{at}/{codes[0]}", meaning_of(given.edition, f"{at}/edition"))
    if given.latitude is None or given.longitude is None:
        missing = "longitude" if given.longitude is None else "latitude"
        raise invalid(f"{at}/{missing}", "Give both latitude and longitude.")
    values = {"latitude": given.latitude, "longitude": given.longitude}
    return PlaceQuery("position", "nearest_known_position", values)


def upper_case(text: str) -> str:
    """A code in capital letters; what has other letters stays, as their capitals may be two of ours."""
    return text.upper() if text.isascii() else text


def listed_place_query(item: object) -> PlaceQuery:
    """The place of one item of a list; Invalid when it is not one well-formed place."""
    if isinstance(item, str):
        scheme, _, code = item.strip().partition(":")
        if code and scheme.lower() in ("ods", "ons"):
            item = {scheme.lower(): code}
        else:
            item = {"ons" if ONS.fullmatch(scheme.upper()) else "postcode": item}
    try:
        return place_query(PlaceGiven.model_validate(item))
    except ValidationError:
        # The words of pydantic may repeat what was sent.
        raise Invalid(ITEM) from None


def meaning_of(edition: str | None, pointer: str) -> Meaning:
    """The kind of bodies and the edition that a request means; Invalid when there is no such edition."""
    if edition is None:
        return ANYTHING
    parts = EDITION.fullmatch(edition.upper())
    if parts is None:
        raise invalid(pointer, "There is no such edition. Give one such as STP2016, ICB or CCG2016.")
    family, year = parts.groups()
    return KINDS[family], parts[0] if year and family in ("STP", "ICB") else None


def read_postcode(text: str, pointer: str, _: Meaning) -> PlaceQuery:
    """A postcode, or a part of one."""
    if full := FULL.fullmatch(text):
        return PlaceQuery("postcode", "postcode", {"postcode": "".join(full.groups())})
    if PART.fullmatch(text):
        return PlaceQuery("part", "postcode_sector" if " " in text else "outward_code", {"part": text})
    raise invalid(pointer, "This is not a postcode. Give one such as NE1 4LP.")


def code_reader(
    method: Method, form: re.Pattern[str], problem: str, kind: str | None = None
) -> Callable[[str, str, Meaning], PlaceQuery]:
    """A function that reads a code of a form, of bodies of a kind or of those that the request means."""

    def read_code(text: str, pointer: str, meaning: Meaning) -> PlaceQuery:
        if not form.fullmatch(text):
            raise invalid(pointer, problem)
        scheme = "ons" if ONS.fullmatch(text) and method != "ods" else "ods"
        means, edition = (kind, None) if kind else meaning
        values = {"scheme": scheme, "code": text, "kind": means, "edition": edition}
        return PlaceQuery("code", method, values)

    return read_code


READERS: Mapping[str, Callable[[str, str, Meaning], PlaceQuery]] = {
    "postcode": read_postcode,
    "council": code_reader(
        "council", ONS, "This is not an ONS code of a council. Give one such as E08000021.", "local_authority"
    ),
    "ccg": code_reader("ccg", CCG, "This is not a code of a CCG. Give one such as 13T or E38000212.", "ccg"),
    "ods": code_reader("ods", ODS, "This is not an ODS code. Give one such as QHM."),
    "ons": code_reader("ons", ONS, "This is not an ONS code. Give one such as E54000050."),
}
