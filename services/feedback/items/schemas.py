"""Shapes of feedback: what contributors give, the receipt they get, and what each reader sees."""

import re
from datetime import date
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import (
    AfterValidator,
    BeforeValidator,
    ConfigDict,
    Field,
    ModelWrapValidatorHandler,
    PrivateAttr,
    StringConstraints,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticCustomError

from services.feedback.bodies.homes import last_day_of
from services.feedback.bodies.schemas import BodyRefs, PlacedBy
from services.feedback.contributors.demographics import NewDemographics
from services.feedback.contributors.schemas import Language, NewContributor
from services.feedback.leaving_out import LeftOut, LeftOutView, leave_out_faults
from services.feedback.themes.taxonomy import TODAY, Version, check_theme
from shared.clock import today
from shared.masking import FieldMasks
from shared.schemas import Answer, BodyRef, Code, Line, Moment, Prose, Schema

Kind = Literal[
    "story",
    "comment",
    "survey_response",
    "complaint",
    "compliment",
    "suggestion",
    "focus_group",
    "meeting_note",
    "phone",
    "paper",
    "staff",
]
FeedbackStateName = Literal["received", "published", "withheld", "withdrawn", "erased"]
# What waits for a person of the body that it is about.
Work = Literal["unread", "to_moderate", "urgent", "complaints_to_forward"]
# `earlier`: words from before those that stand; they are kept among the earlier ones.
Outcome = Literal["new", "repeat", "revision", "earlier"]
Permission = Literal["yes", "no", "not_asked"]
Polarity = Literal["positive", "negative", "mixed", "neutral"]
Postcode = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=2, max_length=10, pattern=r"^[A-Za-z0-9 ]+$")
]

SCALE = re.compile(r"(-?\d{1,3})-(\d{1,3})")
FFT_SCALE = (1, 6)  # NHS England's Friends and Family Test: very good … very poor, don't know

NOTICE = (
    "Nobody watches this day and night. If somebody is in danger, call 999. "
    "For urgent medical help, call 111 or go to 111.nhs.uk."
)
REPLY_CODE_NOTICE = (
    "The answer to the first request had the reply code, and it is not shown again. "
    "Send an Idempotency-Key: for 24 hours, the same request with the same key gets the same answer."
)
COMPLAINT_NOTICE = (
    "This is not yet a formal NHS complaint. To make one, write to the organisation's complaints manager or "
    "to the integrated care board that pays for the service. Your local Healthwatch can name free advocates. "
    "A person can forward this for you if you agree; your agreement is recorded."
)
PLACED_BY = Field(
    None,
    description="By what its footprint was found: the sender `named` it, a `postcode`, or the `organisation` "
    "that was in it on the day that the feedback is about.",
)


def check_past_date(text: str) -> str:
    """Refuse anything that is not a real date, month or year, or that is in the future."""
    year, month, day = (*(int(part) for part in text.split("-")), 1, 1)[:3]
    try:
        first = date(year, month, day)
    except ValueError as error:
        raise ValueError("must be a real date (2026-03-01), month (2026-03) or year (2026)") from error
    if first > today():
        raise ValueError("must not be in the future")
    return text


def name_scale(scale: object) -> object:
    """Read a highest value alone as a scale from 1."""
    return f"1-{scale}" if isinstance(scale, int) and not isinstance(scale, bool) else scale


def ends_of_scale(scale: str) -> tuple[int, int]:
    """The lowest and the highest value of a scale; ValueError if it is not a scale."""
    if scale == "fft":
        return FFT_SCALE
    if not (match := SCALE.fullmatch(scale)):
        raise ValueError("must be fft, or the lowest and the highest value, such as 1-5")
    return int(match[1]), int(match[2])


PastDate = Annotated[
    str, StringConstraints(pattern=r"^[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?$"), AfterValidator(check_past_date)
]


class NewAnswer(Schema):
    """The answer to one question: in words, as a score, or both."""

    model_config = ConfigDict(str_strip_whitespace=False)

    question: Line | None = None
    text: Prose | None = None
    score: float | None = Field(None, ge=-1000, le=1000, allow_inf_nan=False)

    @model_validator(mode="after")
    def answers_something(self) -> Self:
        """Refuse an answer with neither text nor score."""
        if self.text is None and self.score is None:
            raise ValueError("give a text, a score, or both")
        return self


class Rating(Schema):
    """A value on a scale: `fft` (1 very good to 5 very poor, 6 don't know) or two ends, such as `1-5`."""

    value: float = Field(ge=-1000, le=1000, allow_inf_nan=False)
    scale: Annotated[
        str, StringConstraints(pattern=r"^(fft|-?[0-9]{1,3}-[0-9]{1,3})$"), BeforeValidator(name_scale)
    ]

    @model_validator(mode="after")
    def lies_on_its_scale(self) -> Self:
        """Refuse a value outside its scale."""
        lowest, highest = ends_of_scale(self.scale)
        if not lowest <= self.value <= highest:
            raise ValueError(f"{self.value:g} is not on the scale {self.scale}")
        return self


class NewTheme(Schema):
    """A theme of the taxonomy, and whether it is praise or criticism."""

    version: Version = Field(TODAY, description="The version of the taxonomy that the code is of.")
    code: Code
    polarity: Polarity | None = None

    @field_validator("code")
    @classmethod
    def is_of_its_version(cls, code: str, info: ValidationInfo) -> str:
        """Refuse a code that its version of the taxonomy lacks."""
        return check_theme(code, info.data.get("version", TODAY))


class Permissions(Schema):
    """What the person allows. If left out, the person was not asked, which counts as no."""

    publish: Permission = "not_asked"
    quote: Permission = "not_asked"
    contact: Permission = "not_asked"
    share: Permission = "not_asked"


class NewFeedback(Schema):
    """What one person or group says about a body or a place."""

    # People's words are stored exactly as they wrote them.
    model_config = ConfigDict(str_strip_whitespace=False)
    _left_out: list[LeftOut] = PrivateAttr(default_factory=list)

    kind: Kind
    text: Prose | None = None
    answers: list[NewAnswer] = Field([], max_length=50)
    language: Language = "en"
    experienced_on: PastDate | None = Field(None, description="A date, a month (2026-03) or a year (2026).")
    footprint: BodyRef | None = None
    postcode: Postcode | None = Field(
        None,
        description="A postcode, a sector (NE1 4) or an outward code (NE1). Used only to find the footprint;"
        " never stored.",
    )
    organisation: BodyRef | None = Field(None, description="The one organisation that it is about.")
    organisations: list[BodyRef] = Field([], max_length=10, description="Several organisations instead.")
    touchpoints: list[Line] = Field([], max_length=20)
    rating: Rating | None = None
    themes: list[NewTheme] = Field([], max_length=33)
    permissions: Permissions = Permissions()
    contributor: NewContributor | None = None
    demographics: NewDemographics | None = None
    external_id: Line | None = Field(
        None, description="Your own id. If you send the same content under it again, nothing changes."
    )
    proxy_by: Line | None = Field(None, description="Who speaks for the contributor, such as a parent.")
    urgent: bool = Field(False, description="Danger to life, safeguarding or patient safety.")
    reply_code: Annotated[str, StringConstraints(min_length=12, max_length=20)] | None = Field(
        None, description="A reply code that was issued in advance, to use for this feedback."
    )

    @model_validator(mode="after")
    def says_something_about_somebody(self) -> Self:
        """Refuse feedback that says nothing, or that names no body."""
        if self.text is None and not self.answers and self.rating is None:
            raise ValueError("say something: give text, answers or a rating")
        if not (self.footprint or self.postcode or self.organisation or self.organisations):
            raise ValueError("say who it is about: give a footprint, a postcode or an organisation")
        if self.organisation and self.organisations:
            detail = "give one organisation or a list of organisations, not both"
            raise PydanticCustomError("organisation_and_organisations", detail)
        if self.footprint and self.postcode:
            detail = "give the footprint or the postcode, not both"
            raise PydanticCustomError("footprint_and_postcode", detail)
        return self

    @model_validator(mode="wrap")
    @classmethod
    def take_good_words(cls, given: object, validate: ModelWrapValidatorHandler[Self]) -> Self:
        """Leave out what cannot be read beside good words; refuse only what has nothing else."""
        left: list[LeftOut] = []
        first: ValidationError | None = None
        while True:
            try:
                taken = validate(given)
            except ValidationError as error:
                first = first or error
                reduced = leave_out_faults(given, error) if isinstance(given, dict) else None
                if reduced is None:
                    raise first from None
                given, found = reduced
                left += found
            else:
                taken._left_out = left
                return taken

    @property
    def left_out(self) -> list[LeftOut]:
        """What could not be read of it."""
        return self._left_out

    @property
    def body_refs(self) -> BodyRefs:
        """The bodies that it names, each once."""
        organisations = (
            (self.organisation,) if self.organisation else tuple(dict.fromkeys(self.organisations))
        )
        day = min(last_day_of(self.experienced_on), today()) if self.experienced_on else None
        return BodyRefs(self.footprint, self.postcode, organisations, self.organisation is None, day)


class FeedbackReceipt(Answer):
    """What a contributor gets back; never their own words."""

    id: UUID
    kind: str
    state: FeedbackStateName
    version: int
    revision: int
    urgent: bool
    footprint_id: UUID | None
    placed_by: PlacedBy | None = PLACED_BY
    organisation_ids: list[UUID]
    reply_code: str | None = Field(
        description="For the person. The answer to new feedback has it; a repeat or a revision has null."
    )
    reply_code_notice: str | None = Field(None, description="Where the reply code is, if this is null.")
    received_at: Moment
    outcome: Outcome = Field(
        "new",
        description="Whether it is new, a repeat of what stands, or other words under your `external_id`: a "
        "`revision`, which stands from now on, or `earlier` words, which came before those that stand.",
    )
    masked: list[FieldMasks] = Field(
        [],
        description="What is covered, by field, wherever the words are shown. You alone see your "
        "`external_id` as you sent it.",
    )
    left_out: list[LeftOutView] = Field(
        [], description="Fields that could not be read, or not used. The words came in without them."
    )
    notice: str = NOTICE
    complaint_notice: str | None = None
