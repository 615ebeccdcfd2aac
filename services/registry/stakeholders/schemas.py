"""What registers, corrects and ends a stakeholder, and how everybody reads it."""

import re
from datetime import date
from typing import Annotated, Literal, Self, TypeVar
from uuid import UUID

from pydantic import AfterValidator, Field, StringConstraints, field_validator, model_validator
from pydantic.config import JsonDict

from services.registry.bodies.restated import FactCorrection
from services.registry.bodies.schemas import BodyNamed, Day
from services.registry.contacts.schemas import PastDay
from services.registry.ledger.acts import Reasoned
from shared.schemas import Answer, BodyRef, Line, Moment, Schema, one_line

T = TypeVar("T")
Channel = Literal["email", "phone", "post", "web"]
Paid = Literal["yes", "no", "sometimes", "not_known"]
FORMS = {
    "email": re.compile(r"[^\s@]+@[^\s@]+\.[^\s@]+"),
    "phone": re.compile(r"\+?[0-9][0-9 ()-]{4,30}"),
    "web": re.compile(r"https?://[^\s/]+\S*"),
}
ANY_EMAIL = re.compile(r"[^\s@]+@[^\s@]+\.[^\s@]+")
ANY_PHONE = re.compile(r"(?<![\w-])(\+[0-9]|0)([\s().-]*[0-9]){8,}")
LANGUAGE = re.compile(r"[a-z]{2,3}(-[a-z]{4})?(-([a-z]{2}|[0-9]{3}))?")


def each_once(given: list[T]) -> list[T]:
    """The same without repeats."""
    return list(dict.fromkeys(given))


def no_email(text: str) -> str:
    """Refuse text with an email address, which would stay public without consent."""
    if ANY_EMAIL.search(text):
        raise ValueError("contains an address. Send it in `contact` instead, with the group's consent")
    return text


def no_address(text: str) -> str:
    """Refuse text with an email address or a telephone number."""
    if ANY_PHONE.search(text):
        raise ValueError(
            "contains a telephone number. Send it in `contact` instead, with the group's consent"
        )
    return no_email(text)


def in_small_letters(text: str) -> str:
    """Words in small letters, with one space between them."""
    return " ".join(one_line(text).lower().split())


def language_tag(given: str) -> str:
    """A language as BCP 47 writes it: `cy`, `zh-Hans`, `pt-BR`, `bfi` for British Sign Language."""
    if not LANGUAGE.fullmatch(given.lower()):
        raise ValueError("must be a language tag, such as ur, zh-Hans, or bfi for British Sign Language")
    first, *rest = given.lower().split("-")
    return "-".join([first, *(part.title() if len(part) == 4 else part.upper() for part in rest)])


Words = Annotated[
    str,
    StringConstraints(min_length=2, max_length=80),
    AfterValidator(no_address),
    AfterValidator(in_small_letters),
]
Language = Annotated[str, StringConstraints(max_length=12), AfterValidator(language_tag)]
Called = Annotated[Line, AfterValidator(no_address)]
Said = Annotated[str, StringConstraints(min_length=1, max_length=1_000), AfterValidator(no_address)]
Footprints = Annotated[
    list[BodyRef],
    Field(min_length=1, max_length=50, description="Where it works: our ids, or codes such as `ods:QHM`."),
    AfterValidator(each_once),
]
ManyWords = Annotated[list[Words], Field(max_length=30), AfterValidator(each_once)]
Languages = Annotated[list[Language], Field(max_length=30), AfterValidator(each_once)]


class Address(Schema):
    """A way to reach a group."""

    channel: Channel
    address: Line = Field(description="Everybody sees it while the consent lasts.")

    @model_validator(mode="after")
    def fits(self) -> Self:
        """Refuse an address that does not fit its channel."""
        form = FORMS.get(self.channel)
        if form and not form.fullmatch(self.address):
            raise ValueError(f"this is not an address for `{self.channel}`")
        return self


class Consent(Schema):
    """The days for which a group agreed to show its address."""

    given_on: Day
    expires_on: Day = Field(description="The last day on which it is shown: at most 2 years from today.")


class StakeholderAct(Reasoned):
    """A change of a group. Its reason and source stay public."""

    @field_validator("reason", "source")
    @classmethod
    def names_no_address(cls, text: str) -> str:
        """Refuse an email address in what stays public."""
        return no_email(text)


class StakeholderFacts(StakeholderAct):
    """What a group says about itself."""

    reaches: ManyWords = Field(
        [], description="The people whom it reaches, in its own words: above all those who are rarely heard."
    )
    interests: ManyWords = Field([], description="What it wants to be asked about.")
    languages: Languages = Field([], description="Tags of BCP 47; `bfi` is British Sign Language.")
    approach: Said | None = Field(None, description="How it wants to be approached.")
    support_needed: Said | None = Field(None, description="What it needs to take part.")
    capacity: Said | None = Field(None, description="What it can take on now.")
    no_capacity: bool = Field(False, description="True when it can take on nothing now: do not ask.")
    paid: Paid = Field("not_known", description="Whether its people are paid for taking part.")


class NewStakeholder(StakeholderFacts):
    """A group that reaches people."""

    name: Called
    organisation: BodyRef | None = Field(None, description="Its body in the registry, if it has one.")
    footprints: Footprints
    contact: Address | None = None
    consent: Consent | None = None


def hide_default(described: JsonDict) -> None:
    """Leave a default out of the document that stands for nothing given, and that nobody could send."""
    described.pop("default", None)


class StakeholderCorrection(StakeholderFacts, FactCorrection):
    """A correction of a group. What you leave out stays as it is."""

    name: Called = Field("", json_schema_extra=hide_default)
    organisation: BodyRef | None = None
    footprints: Footprints = Field([], json_schema_extra=hide_default)


# The columns that a request sets as they are.
FACTS = {"name", *StakeholderFacts.model_fields} - {"reason", "source"}


class ConsentRenewed(StakeholderAct, Consent):
    """The days for which a group agreed again, or for the first time."""

    contact: Address | None = Field(None, description="Its address. Leave it out to keep the present one.")


class StakeholderEnding(StakeholderAct):
    """The end of a group, or of its wish to be listed."""

    ended_on: PastDay | None = Field(None, description="Its last day; today by default.")


class StakeholderOut(Answer):
    """A group, the people whom it reaches, and how it wants to be approached."""

    id: UUID
    version: int
    name: str
    organisation: BodyNamed | None
    footprints: list[BodyNamed]
    reaches: list[str]
    interests: list[str]
    languages: list[str]
    approach: str | None
    support_needed: str | None
    capacity: str | None
    no_capacity: bool
    paid: Paid
    contact_until: date | None = Field(
        description="The last day on which its address is shown; null when it shows none."
    )
    registered_at: Moment
    ended_on: date | None
    source: str


class AddressOut(Answer):
    """An address of a group, shown with its consent."""

    channel: Channel
    address: str


class StakeholderDetail(StakeholderOut):
    """A group, with its address while it agrees to show it."""

    contact: AddressOut | None
    how_to_reach: str
