"""Why nobody knows a postcode: it is outside England, stands for no place, or is not in the list."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.areas import OutsidePart
from services.registry.lookup import queries
from services.registry.lookup.placing import PostcodeIsNoPlace, PostcodeOutsideEngland, PostcodeUnknown
from services.registry.lookup.reading import PlaceQuery
from shared.errors import Problem

# Where a postcode is, and whom to ask there.
COUNTRIES: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "Wales": ("in Wales", "the local health board of NHS Wales"),
        "Scotland": ("in Scotland", "the health board of NHS Scotland"),
        "Northern Ireland": ("in Northern Ireland", "Health and Social Care in Northern Ireland"),
        "Channel Islands": ("in the Channel Islands", "the health service of the island"),
        "Isle of Man": ("on the Isle of Man", "the health service of the island"),
    }
)
OUTSIDE = "This postcode is {where}. Doorway knows the NHS in England only: ask {whom}."
NEAR_BORDER = (
    "We know no footprint for this postcode. It may be new, or {where}: postcodes like it are on both sides"
    " of the border. Check it."
)
NO_PLACE = 'This code stands for no place: it means "{meaning}".'
NO_PLACES = 'Codes like this stand for no place: they mean "no fixed abode", "{meaning}" and so on.'
INSTEAD = "Ask by a place that the person knows instead, such as the postcode or the ODS code of a practice."


async def explain_unknown(session: AsyncSession, unknown: Sequence[PlaceQuery]) -> list[Problem]:
    """Why each of some postcodes, or parts of them, is not known. Nothing of them is repeated."""
    parts = {part for query in unknown for part in query.postcode_parts}
    found = await queries.find_outside_parts(session, parts)
    return [problem_of([found[part] for part in query.postcode_parts if part in found]) for query in unknown]


def problem_of(parts: Sequence[OutsidePart]) -> Problem:
    """The problem of a postcode of which these parts are known, the longest first."""
    part = parts[0] if parts else None
    if part is None or part.country == "England":
        return PostcodeUnknown()
    if part.meaning:
        text = NO_PLACE if part.is_certain else NO_PLACES
        return PostcodeIsNoPlace(f"{text.format(meaning=part.meaning)} {INSTEAD}")
    where, whom = COUNTRIES.get(part.country or "", (f"in {part.country}", "the health service there"))
    if part.is_certain:
        return PostcodeOutsideEngland(OUTSIDE.format(where=where, whom=whom))
    return PostcodeUnknown(NEAR_BORDER.format(where=where))
