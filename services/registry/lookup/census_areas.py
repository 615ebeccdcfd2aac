"""What a place is in that is no body: its small area of the census, its ward and its constituency."""

import orjson

from services.registry.lookup.answers import Json
from services.registry.lookup.placing import ShareRow


def census_areas(row: ShareRow) -> list[Json]:
    """The small area, the ward and the constituencies of a place, as an answer has them; none of a body."""
    if not row.area or not row.area_name:
        return []
    own = area_of("small_area", "LSOA2021", row.area, row.area_name, 1.0, decile=row.deprivation_decile)
    electoral = orjson.loads(row.electoral_areas)
    if row.constituency:
        # This postcode is in another than most of its area.
        electoral = [
            [*each[:4], 1.0] for each in electoral if each[0] == "ward" or each[2] == row.constituency
        ]
    return [own, *(area_of(*each) for each in electoral)]


def area_of(
    kind: str, edition: str, code: str, name: str, share: float, *, decile: int | None = None
) -> Json:
    """An area that is no body."""
    own: Json = {"kind": kind, "edition": edition, "id": None, "code": code, "name": name}
    return own | {"share": share, "deprivation_decile": decile}
