"""What people choose to say about themselves, in closed lists: each code is one that the census has too."""

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from shared.schemas import Code, Schema

Unknown = Literal["not_asked", "prefer_not_to_say"]
AgeBand = Literal[
    "under_16", "16_24", "25_34", "35_44", "45_54", "55_64", "65_74", "75_84", "85_and_over", Unknown
]
Sex = Literal["female", "male", Unknown]
Disability = Literal["disabled", "not_disabled", Unknown]
Carer = Literal["carer", "not_carer", Unknown]
# The groups of the census of 2021, by the codes of the Government Statistical Service.
EthnicGroup = Literal[
    "asian_bangladeshi",
    "asian_chinese",
    "asian_indian",
    "asian_pakistani",
    "asian_other_asian",
    "black_african",
    "black_caribbean",
    "black_other_black",
    "mixed_white_and_asian",
    "mixed_white_and_black_african",
    "mixed_white_and_black_caribbean",
    "mixed_other_mixed_or_multiple_ethnic_groups",
    "white_english_welsh_scottish_northern_irish_or",
    "white_irish",
    "white_gypsy_or_irish_traveller",
    "white_roma",
    "white_other_white",
    "other_arab",
    "other_any_other_ethnic_group",
    Unknown,
]
# The letters of the NHS (2001), which many systems of trusts still send.
NHS_2001 = {
    "A": "white_english_welsh_scottish_northern_irish_or",
    "B": "white_irish",
    "C": "white_other_white",
    "D": "mixed_white_and_black_caribbean",
    "E": "mixed_white_and_black_african",
    "F": "mixed_white_and_asian",
    "G": "mixed_other_mixed_or_multiple_ethnic_groups",
    "H": "asian_indian",
    "J": "asian_pakistani",
    "K": "asian_bangladeshi",
    "L": "asian_other_asian",
    "M": "black_caribbean",
    "N": "black_african",
    "P": "black_other_black",
    "R": "asian_chinese",
    "S": "other_any_other_ethnic_group",
    # Not stated: the person was asked.
    "Z": "prefer_not_to_say",
    # Not known.
    "99": "not_asked",
}


def cross_walk(group: object) -> object:
    """The group of 2021 of a letter of 2001; anything else as it is."""
    return NHS_2001.get(group, group) if isinstance(group, str) else group


class NewDemographics(Schema):
    """What people choose to say about themselves; `not_asked` is not the same as `prefer_not_to_say`."""

    age_band: AgeBand = "not_asked"
    sex: Sex = "not_asked"
    gender_reassignment: Code = "not_asked"
    ethnic_group: Annotated[EthnicGroup, BeforeValidator(cross_walk)] = Field(
        "not_asked",
        description="A group of 2021, or a code of the NHS of 2001 (`A` to `S`, `Z`, `99`).",
    )
    disability: Disability = "not_asked"
    carer: Carer = "not_asked"
    marriage_and_civil_partnership: Code = "not_asked"
    pregnancy_and_maternity: Code = "not_asked"
    religion_or_belief: Code = "not_asked"
    sexual_orientation: Code = "not_asked"
    imd_decile: Annotated[int, Field(ge=1, le=10)] | Unknown = "not_asked"
