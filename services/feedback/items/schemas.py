"""Shapes of feedback: what is given, what the giver is told, what is shown to whom."""

import re
from datetime import date
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, StringConstraints, model_validator

from services.feedback.themes.taxonomy import known_theme
from shared.clock import today
from shared.schemas import Answer, BodyRef, Code, Line, Moment, Prose, Schema

Kind = Literal[
    "story", "comment", "survey_response", "complaint", "compliment", "suggestion",
    "focus_group", "meeting_note", "phone", "paper", "staff",
]  # fmt: skip
FeedbackStateName = Literal["received", "published", "withheld", "withdrawn", "erased"]
Permission = Literal["yes", "no", "not_asked"]
Polarity = Literal["positive", "negative", "mixed", "neutral"]
Postcode = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=5, max_length=10, pattern=r"^[A-Za-z0-9 ]+$")
]
Language = Annotated[str, StringConstraints(max_length=35, pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$")]

SCALE = re.compile(r"(-?\d{1,3})-(\d{1,3})")
# One address as mail servers take it (RFC 5322 §3.4.1, without quotes, comments and names).
ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
EMAIL = re.compile(rf"(?=.{{3,254}}\Z){ATOM}(?:\.{ATOM})*@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*")
FFT_SCALE = (1, 6)  # NHS England's Friends and Family Test: very good … very poor, don't know

NOTICE = (
    "This is not watched day and night. If somebody is in danger, call 999; "
    "for urgent medical help call 111 or go to 111.nhs.uk."
)
COMPLAINT_NOTICE = (
    "This is not yet a formal NHS complaint. To make one, write to the organisation's complaints manager or "
    "to the integrated care board that pays for the service; your local Healthwatch names free advocates. "
    "A person may forward this for you, if you agree and that is recorded."
)


def real_past_date(text: str) -> str:
    """Refuse what is no date, month or year of the calendar, or lies in the future."""
    year, month, day = (*(int(part) for part in text.split("-")), 1, 1)[:3]
    try:
        first = date(year, month, day)
    except ValueError as error:
        raise ValueError("has to be a real date (2026-03-01), month (2026-03) or year (2026)") from error
    if first > today():
        raise ValueError("lies in the future")
    return text


def scale_name(scale: Any) -> Any:
    """Take a highest value alone as a scale from 1."""
    return f"1-{scale}" if isinstance(scale, int) and not isinstance(scale, bool) else scale


def scale_ends(scale: str) -> tuple[int, int]:
    """Return the lowest and the highest value of a scale; ValueError when it is none."""
    if scale == "fft":
        return FFT_SCALE
    if not (found := SCALE.fullmatch(scale)):
        raise ValueError("has to be fft, or the lowest and the highest value as 1-5")
    return int(found[1]), int(found[2])


PastDate = Annotated[
    str, StringConstraints(pattern=r"^[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?$"), AfterValidator(real_past_date)
]


class NewAnswer(Schema):
    """The answer to one question: in words, as a score, or both."""

    model_config = ConfigDict(str_strip_whitespace=False)

    question: Line | None = None
    text: Prose | None = None
    score: float | None = Field(None, ge=-1000, le=1000, allow_inf_nan=False)

    @model_validator(mode="after")
    def answers_something(self) -> Self:
        """Refuse an answer without text and without score."""
        if self.text is None and self.score is None:
            raise ValueError("an answer has a text, a score, or both")
        return self


class Rating(Schema):
    """A value on a scale: `fft` (1 very good to 5 very poor, 6 don't know) or `lowest-highest`, as `1-5`."""

    value: float = Field(ge=-1000, le=1000, allow_inf_nan=False)
    scale: Annotated[
        str, StringConstraints(pattern=r"^(fft|-?[0-9]{1,3}-[0-9]{1,3})$"), BeforeValidator(scale_name)
    ]

    @model_validator(mode="after")
    def lies_on_its_scale(self) -> Self:
        """Refuse a value outside its scale."""
        lowest, highest = scale_ends(self.scale)
        if not lowest <= self.value <= highest:
            raise ValueError(f"{self.value:g} is not on the scale {self.scale}")
        return self


class NewTheme(Schema):
    """A theme of the taxonomy, and whether it is meant well or badly."""

    code: Annotated[Code, AfterValidator(known_theme)]
    polarity: Polarity | None = None


class Permissions(Schema):
    """What the person allows; left out means not asked, which is treated as no."""

    publish: Permission = "not_asked"
    quote: Permission = "not_asked"
    contact: Permission = "not_asked"
    share: Permission = "not_asked"


class Needs(Schema):
    """How somebody has to be told so that it reaches them."""

    formats: list[Line] = Field([], max_length=10)
    language: Language | None = None
    support: list[Line] = Field([], max_length=10)
    contact_by: list[Line] = Field([], max_length=10)
    also_tell: Line | None = None


class NewContributor(Schema):
    """How to reach who said it; kept apart and sealed."""

    channel: Literal["email", "sms", "phone", "post", "app", "in_person"]
    address: Annotated[str, StringConstraints(min_length=1, max_length=1000)] | None = None
    needs: Needs = Needs()

    @model_validator(mode="after")
    def can_be_an_address(self) -> Self:
        """Refuse an e-mail address that is not one plain one: a list, or a header, would tell others."""
        if self.channel == "email" and self.address and not EMAIL.fullmatch(self.address):
            raise ValueError("an e-mail address is one plain address, as jo@example.org")
        return self


class NewDemographics(Schema):
    """What somebody says about themselves by choice; not asked and preferring not to say are different."""

    age_band: Code = "not_asked"
    sex: Code = "not_asked"
    gender_reassignment: Code = "not_asked"
    ethnic_group: Code = "not_asked"
    disability: Code = "not_asked"
    carer: Code = "not_asked"
    marriage_and_civil_partnership: Code = "not_asked"
    pregnancy_and_maternity: Code = "not_asked"
    religion_or_belief: Code = "not_asked"
    sexual_orientation: Code = "not_asked"
    imd_decile: Annotated[int, Field(ge=1, le=10)] | Literal["not_asked", "prefer_not_to_say"] = "not_asked"


class NewFeedback(Schema):
    """What one person or group says about a body or a place."""

    # What people write is stored as given.
    model_config = ConfigDict(str_strip_whitespace=False)

    kind: Kind
    text: Prose | None = None
    answers: list[NewAnswer] = Field([], max_length=50)
    language: Language = "en"
    experienced_on: PastDate | None = Field(None, description="A date, a month (2026-03) or a year (2026).")
    footprint: BodyRef | None = None
    postcode: Postcode | None = Field(None, description="Only used to find the footprint; never stored.")
    organisation: BodyRef | None = None
    organisations: list[BodyRef] = Field([], max_length=10)
    touchpoints: list[Line] = Field([], max_length=20)
    rating: Rating | None = None
    themes: list[NewTheme] = Field([], max_length=33)
    permissions: Permissions = Permissions()
    contributor: NewContributor | None = None
    demographics: NewDemographics | None = None
    external_id: Line | None = Field(None, description="Your own id of it: sent again it changes nothing.")
    proxy_by: Line | None = Field(None, description="Who speaks for the person, such as a parent.")
    urgent: bool = Field(False, description="Danger to life, safeguarding or patient safety.")
    reply_code: Annotated[str, StringConstraints(min_length=12, max_length=20)] | None = Field(
        None, description="A reply code that was issued beforehand, to be bound to this."
    )

    @model_validator(mode="after")
    def says_something_about_somebody(self) -> Self:
        """Refuse what says nothing, or does not say whom it is about."""
        if self.text is None and not self.answers and self.rating is None:
            raise ValueError("say something: text, answers or a rating")
        if not (self.footprint or self.postcode or self.organisation or self.organisations):
            raise ValueError("say whom it is about: footprint, postcode or organisation")
        if self.footprint and self.postcode:
            raise ValueError("give the footprint or the postcode, not both")
        return self

    @property
    def body_refs(self) -> list[str]:
        """The organisations that it names, each once."""
        named = ([self.organisation] if self.organisation else []) + self.organisations
        return list(dict.fromkeys(named))


class GivenFeedback(Answer):
    """What whoever gave it is told; never their own words."""

    id: UUID
    kind: str
    state: FeedbackStateName
    version: int
    revision: int
    urgent: bool
    footprint_id: UUID | None
    organisation_ids: list[UUID]
    reply_code: str
    received_at: Moment
    notice: str = NOTICE
    complaint_notice: str | None = None


class FeedbackShown(Answer):
    """A piece of feedback as anyone may see it once it is published; personal data is masked."""

    id: UUID
    kind: str
    state: FeedbackStateName
    version: int
    text: str | None
    answers: list[dict[str, Any]]
    language: str
    experienced_on: str | None
    footprint_id: UUID | None
    organisation_ids: list[UUID]
    touchpoints: list[str]
    rating: dict[str, Any] | None
    themes: list[dict[str, Any]]
    proxy_by: str | None
    received_at: Moment
    # Only for those whom it concerns and who sent it; null for everybody else.
    permissions: dict[str, str] | None = None
    urgent: bool | None = None
    external_id: str | None = None
    source_id: UUID | None = None
    revision: int | None = None
    read_at: Moment | None = None
    moderated_at: Moment | None = None
    withheld_reason: str | None = None


class RevisionShown(Answer):
    """What stood under an external id before; personal data is masked."""

    number: int
    content: dict[str, Any]
    replaced_at: Moment


class Original(Answer):
    """The words as they were given, without masks."""

    id: UUID
    text: str | None
    answers: list[dict[str, Any]]
