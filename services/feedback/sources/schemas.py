"""Shapes of sources: their settings and mappings, and what became of their payloads."""

from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import ConfigDict, Field, JsonValue, StringConstraints, model_validator

from services.feedback.sources.scheme_schemas import (
    Expression,
    HmacSettings,
    Scheme,
    TokenSettings,
    ToldApartBy,
    fault_of_token,
)
from shared.schemas import Answer, Line, Moment, Schema

FieldPath = Annotated[str, StringConstraints(max_length=80, pattern=r"^[a-z_]+(\.[a-z_]+){0,2}$")]
State = Literal["draft", "live", "paused"]
SuccessStatus = Literal[200, 201, 202, 204]
Secret = Annotated[str, StringConstraints(min_length=16, max_length=256, pattern=r"^[\x21-\x7e]+$")]
# UK GDPR Article 6(1)(a) to (f) and, from the Data (Use and Access) Act 2025, (ea).
LawfulBasis = Literal[
    "consent",
    "contract",
    "legal_obligation",
    "vital_interests",
    "public_task",
    "recognised_legitimate_interest",
    "legitimate_interests",
]
# UK GDPR Article 9(2)(a) to (j).
Article9Condition = Literal[
    "explicit_consent",
    "employment_and_social_protection",
    "vital_interests",
    "not_for_profit_body",
    "made_public",
    "legal_claims",
    "substantial_public_interest",
    "health_or_social_care",
    "public_health",
    "archiving_and_research",
]
SILENT_HOURS_MAX = 8760
RetentionDays = Annotated[int, Field(ge=1, le=36_500)]


class Governance(Schema):
    """The legal footing on which a source sends personal data; a live source needs all of it."""

    controller: Line | None = None
    lawful_basis: LawfulBasis | None = None
    article_9_condition: Article9Condition | None = None
    notice_version: Line | None = None
    retention_days: RetentionDays | None = None


class NewSource(Governance):
    """A system that will send in feedback; with a complete footing it is live immediately."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"name": "Ward survey", "preset": "typeform", "retention_days": 730},
                {"name": "Call centre", "scheme": "fixed-header", "token": {"header": "X-Api-Key"}},
            ]
        }
    )

    name: Line
    preset: Annotated[str, StringConstraints(max_length=40, pattern=r"^[a-z0-9_]+$")] | None = Field(
        None, description="A sender that Doorway knows: it brings scheme, settings and a first mapping."
    )
    scheme: Scheme | None = Field(None, description="Needed without a `preset`; another replaces its own.")
    hmac: HmacSettings | None = Field(None, description="Required for `hmac-sha256`, and only there.")
    token: TokenSettings | None = Field(
        None,
        description="For `fixed-header` and `basic`, which need it, `bearer` and `secret-path`: where the "
        "sender shows the secret, and what tells its messages apart.",
    )
    secret: Secret | None = Field(None, description="If left out, one is made.")
    success_status: SuccessStatus = 202
    silent_after_hours: Annotated[int, Field(ge=1, le=SILENT_HOURS_MAX)] | None = Field(
        None, description="After how long without a post you are told; if left out, by its usual pauses."
    )

    @model_validator(mode="after")
    def settings_fit_the_scheme(self) -> Self:
        """Refuse a source without the settings of its scheme, and settings that nothing uses."""
        if self.scheme is None:
            if self.preset is None:
                raise ValueError("give scheme or preset")
            return self
        if (self.scheme == "hmac-sha256") != (self.hmac is not None):
            raise ValueError("give hmac with the scheme hmac-sha256, and only with it")
        if fault := fault_of_token(self.scheme, self.token):
            raise ValueError(fault)
        return self


class SourceChange(Governance):
    """What to change; anything left out or null stays as it is."""

    name: Line | None = None
    state: Literal["live", "paused"] | None = None
    hmac: HmacSettings | None = None
    token: TokenSettings | None = None
    success_status: SuccessStatus | None = None
    silent_after_hours: Annotated[int, Field(ge=0, le=SILENT_HOURS_MAX)] | None = Field(
        None, description="0 for the rule that knows its usual pauses."
    )


class SourceHealth(Answer):
    """How a source is: what it sent lately, and whether it has fallen silent."""

    last_received_at: Moment | None = None
    last_mapped_at: Moment | None = Field(None, description="When one of its last 500 was mapped.")
    received_per_day: float = Field(0, description="Of the last 7 days, or of its last 500 payloads.")
    error_rate: float | None = Field(
        None, description="The share of them that was refused, or waits in quarantine; null without any."
    )
    silent_since: Moment | None = Field(
        None, description="Its last post, or when it went live, if that is longer ago than is usual."
    )


class SourceView(Answer):
    """A source as its organisation sees it; never its secrets."""

    id: UUID
    version: int
    organisation_id: UUID
    name: str
    state: State
    preset: str | None
    scheme: Scheme
    hmac: HmacSettings | None
    token: TokenSettings | None
    success_status: int
    controller: str | None
    lawful_basis: str | None
    article_9_condition: str | None
    notice_version: str | None
    retention_days: int | None
    silent_after_hours: int | None
    created_at: Moment
    health: SourceHealth
    hook: str = Field(
        description="The path that it posts to. With `secret-path` it ends with the secret, which only the "
        "answer to registering shows; elsewhere it reads `{secret}`."
    )
    told_apart_by: ToldApartBy = Field(
        description="What tells its messages apart: a header that is signed, a header that is not (whoever "
        "relays a message can change it), a field of the body, or nothing: then each post is new."
    )
    retry_minutes: int = Field(
        description="For so long the same content is a retry, whatever its id; 0 where ids are relied on."
    )


class NewSourceView(SourceView):
    """A new source, with its secret if one was made; no later answer shows it."""

    secret: str | None


class Rotation(Schema):
    """A change of the secret."""

    secret: Secret | None = Field(None, description="If left out, one is made.")
    overlap_hours: Annotated[int, Field(ge=0, le=168)] = Field(
        24, description="How long the old secret stays valid. Use 0 if it has leaked."
    )


class RotatedSecret(Answer):
    """The new secret if one was made, which no later answer shows, and the end of the old one."""

    secret: str | None
    previous_valid_until: Moment


class Sample(Schema):
    """A payload, and the feedback that it must become: invented, or a copy of a payload that was received."""

    payload: JsonValue
    expected: dict[str, JsonValue] | list[dict[str, JsonValue]]
    synthetic: Literal[True] | None = Field(None, description="Whether it is invented: nobody said this.")
    received_id: UUID | None = Field(
        None,
        description="The payload of this source that it copies; erased with an answer of that.",
    )

    @model_validator(mode="after")
    def says_where_it_is_from(self) -> Self:
        """Refuse both ways together, and neither."""
        if (self.synthetic is None) == (self.received_id is None):
            raise ValueError("give either synthetic: true or the received_id of the payload that it copies")
        return self


class MappingRules(Schema):
    """How a payload becomes feedback: expressions for fields, value maps, defaults, required fields."""

    fields: dict[FieldPath, Expression] = Field(min_length=1, max_length=60)
    values: dict[FieldPath, dict[str, JsonValue]] = Field({}, max_length=60)
    defaults: dict[FieldPath, JsonValue] = Field({}, max_length=60)
    required: list[FieldPath] = Field([], max_length=60)
    announces: Expression | None = Field(
        None,
        description="JMESPath that is true of a payload which only announces an answer, such as its id. It "
        "waits as `announced_only`.",
    )
    each: Expression | None = Field(
        None,
        description="JMESPath to the list of answers; without it, an array is the list.",
    )


class NewMapping(MappingRules):
    """A new version of a source's mapping; all its samples must give the expected feedback."""

    samples: list[Sample] = Field(min_length=1, max_length=20)


class MappingView(MappingRules):
    """A version of a source's mapping; the highest is in use."""

    id: UUID
    source_id: UUID
    version: int
    samples: list[Sample]
    created_at: Moment
