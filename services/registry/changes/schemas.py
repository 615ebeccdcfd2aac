"""What every change of a public record has to say."""

from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints

from shared.schemas import Schema, one_line

Because = Annotated[str, StringConstraints(min_length=3, max_length=500), AfterValidator(one_line)]


class Reasoned(Schema):
    """A change with its reason and its source; both are public."""

    reason: Because = Field(description="Why, in one line that everybody may read; name no patient.")
    source: Because = Field(description="Where that can be checked: an address, or what was published when.")
