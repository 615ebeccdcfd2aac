"""How a stakeholder is told, and what registers, corrects and ends one."""

import re
from datetime import date
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import AfterValidator, Field, StringConstraints, field_validator, model_validator

from services.registry.bodies.schemas import BodyNamed, Day
from services.registry.ledger.acts import Reasoned
from shared.schemas import Answer, BodyRef, Line, Moment, Schema, one_line

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


def each_once(given: list[Any]) -> list[Any]:
    """Leave out what was said before."""
    return list(dict.fromkeys(given))


def no_email(text: str) -> str:
    """Refuse text that holds an e-mail address: it would be shown without consent, and for good."""
    if ANY_EMAIL.search(text):
        raise ValueError("holds an address: leave it out, and send it in `contact` with the group's consent")
    return text


def no_address(text: str) -> str:
    """Refuse text that holds an e-mail address or a telephone number."""
    if ANY_PHONE.search(text):
        raise ValueError("holds a number: leave it out, and send it in `contact` with the group's consent")
    return no_email(text)


def in_small_letters(text: str) -> str:
    """Return words in small letters, with one space between them."""
    return " ".join(one_line(text).lower().split())


def language_tag(given: str) -> str:
    """Return a language as BCP 47 writes it: `cy`, `zh-Hans`, `pt-BR`, `bfi` for British Sign Language."""
    if not LANGUAGE.fullmatch(given.lower()):
        raise ValueError("has to be a language tag, such as ur, zh-Hans, or bfi for British Sign Language")
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
    address: Line = Field(description="Shown to everybody while the consent is in force.")

    @model_validator(mode="after")
    def fits(self) -> Self:
        """Refuse an address that its channel does not know."""
        form = FORMS.get(self.channel)
        if form and not form.fullmatch(self.address):
            raise ValueError(f"this is no address of the kind that `{self.channel}` has")
        return self


class Consent(Schema):
    """That a group agreed to have its address shown, and until when."""

    given_on: Day
    expires_on: Day = Field(description="The last day on which it is shown; two years ahead at most.")


class StakeholderAct(Reasoned):
    """A change of what is told of a group; its reason and source stay public for good."""

    @field_validator("reason", "source")
    @classmethod
    def names_no_address(cls, text: str) -> str:
        """Refuse an e-mail address in what nobody could take back."""
        return no_email(text)


class NewStakeholder(StakeholderAct):
    """A group that reaches people."""

    name: Called
    organisation: BodyRef | None = Field(None, description="Its body in the registry, where it has one.")
    footprints: Footprints
    reaches: ManyWords = Field(
        [], description="Whom it reaches, in its own words. Who is missing elsewhere is not yet heard."
    )
    interests: ManyWords = Field([], description="What it wants to be asked about.")
    languages: Languages = Field([], description="Tags of BCP 47; `bfi` is British Sign Language.")
    approach: Said | None = Field(None, description="How it wants to be approached.")
    support_needed: Said | None = Field(None, description="What it needs to take part.")
    capacity: Said | None = Field(None, description="What it can take on at present.")
    no_capacity: bool = Field(False, description="Whether it can take on nothing at present: do not ask.")
    paid: Paid = Field("not_known", description="Whether its people are paid for taking part.")
    contact: Address | None = None
    consent: Consent | None = None


class StakeholderCorrection(StakeholderAct):
    """What is to be told differently of a group; what is left out stays as it is."""

    name: Called = ""
    organisation: BodyRef | None = None
    footprints: Footprints = Field([])
    reaches: ManyWords = Field([])
    interests: ManyWords = Field([])
    languages: Languages = Field([])
    approach: Said | None = None
    support_needed: Said | None = None
    capacity: Said | None = None
    no_capacity: bool = False
    paid: Paid = "not_known"

    @model_validator(mode="after")
    def says_something(self) -> Self:
        """Refuse a correction of nothing."""
        if not self.model_fields_set - {"reason", "source"}:
            raise ValueError("name at least one thing that is to be told differently")
        return self


class ConsentRenewed(StakeholderAct, Consent):
    """That a group agreed again, or for the first time."""

    contact: Address | None = Field(None, description="Its address; left out, the one that is kept.")


class StakeholderEnding(StakeholderAct):
    """That a group is there no more, or wants to be listed no more."""

    ended_on: Day | None = Field(None, description="Its last day; today by default.")


class StakeholderOut(Answer):
    """A group, whom it reaches and how it wants to be approached."""

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
    contact_until: date | None = Field(description="Until when its address is shown; null when it is not.")
    registered_at: Moment
    ended_on: date | None
    source: str


class AddressOut(Answer):
    """A way to reach a group, shown with its consent."""

    channel: Channel
    address: str


class StakeholderDetail(StakeholderOut):
    """A group with its address, as long as it agrees to that."""

    contact: AddressOut | None
    how_to_reach: str
