"""How to reach a contributor, and in which form a message reaches them."""

import re
from collections.abc import Sequence
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from shared.schemas import Line, Schema

Channel = Literal["email", "sms", "phone", "post", "app", "in_person"]
# After the Accessible Information Standard (DAPB1605): in which form somebody can take a message in …
Format = Literal[
    "email",
    "plain_text",
    "letter",
    "large_print",
    "easy_read",
    "braille",
    "audio",
    "bsl_video",
]
# … and how they must be contacted.
ContactMethod = Literal[
    "email",
    "sms",
    "phone",
    "post",
    "app",
    "in_person",
    "text_relay",
    "video_relay",
]
Language = Annotated[str, StringConstraints(max_length=35, pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$")]

# One address as mail servers accept it (RFC 5322 §3.4.1, without quotes, comments and names).
ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
EMAIL = re.compile(rf"(?=.{{3,254}}\Z){ATOM}(?:\.{ATOM})*@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*")


class StoredNeeds(Schema):
    """What was sealed of somebody's needs; earlier versions took any words for formats and ways."""

    formats: Sequence[str] = ()
    language: str | None = None
    support: Sequence[str] = ()
    contact_by: Sequence[str] = ()
    also_tell: str | None = None


class StoredContributor(Schema):
    """What was sealed of a contributor, in whatever words."""

    channel: str
    address: str | None = None
    needs: StoredNeeds = StoredNeeds()

    @model_validator(mode="after")
    def can_be_an_address(self) -> Self:
        """Refuse anything but one plain e-mail address: a list, or a header, would reach other people."""
        if self.channel == "email" and self.address and not EMAIL.fullmatch(self.address):
            raise ValueError("an e-mail address is one plain address, without a name or a second address")
        return self


class Needs(StoredNeeds):
    """What a message to the contributor must be like to reach them."""

    formats: list[Format] = Field([], max_length=10)
    language: Language | None = None
    support: list[Line] = Field([], max_length=10)
    contact_by: list[ContactMethod] = Field([], max_length=10)
    also_tell: Line | None = None


class NewContributor(StoredContributor):
    """How to reach the contributor. It is stored apart from the feedback, and sealed."""

    channel: Channel
    address: Annotated[str, StringConstraints(min_length=1, max_length=1000)] | None = None
    needs: Needs = Needs()
