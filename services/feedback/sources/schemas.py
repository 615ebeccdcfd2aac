"""Shapes of sources: their settings and mappings, and what became of their payloads."""

import re
from datetime import timedelta
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import AfterValidator, Field, JsonValue, StringConstraints, model_validator

from shared.schemas import Answer, Line, Moment, Schema

HEADERS_TAKEN = {
    "authorization",
    "connection",
    "content-length",
    "content-type",
    "cookie",
    "host",
    "transfer-encoding",
}


# The gateway sets these itself, or drops them: they speak of one connection, or of who is behind it.
NEVER_ARRIVE = {
    "accept-encoding",
    "expect",
    "forwarded",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "traceparent",
    "tracestate",
    "trailer",
    "upgrade",
    "via",
    "x-request-id",
}
NEVER_ARRIVE_FROM = ("doorway-", "x-doorway-", "x-forwarded-", "x-real-")


def never_arrives(name: str) -> bool:
    """Whether a header of a sender is lost on its way here: a source that needs it could never be heard."""
    return name.lower() in NEVER_ARRIVE or name.lower().startswith(NEVER_ARRIVE_FROM)


def check_header(name: str) -> str:
    """Refuse headers that the servers in between use."""
    if name.lower() in HEADERS_TAKEN:
        raise ValueError(f"{name} has another use: choose a different header")
    return name


HeaderName = Annotated[
    str,
    StringConstraints(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9-]+$"),
    AfterValidator(check_header),
]
Expression = Annotated[str, StringConstraints(min_length=1, max_length=500)]
FieldPath = Annotated[str, StringConstraints(max_length=80, pattern=r"^[a-z_]+(\.[a-z_]+){0,2}$")]
Scheme = Literal["standard-webhooks", "hmac-sha256"]
# What tells two messages of a source apart.
ToldApartBy = Literal["signed_id", "unsigned_id", "field", "post"]
# An id that nobody signed can be changed by whoever relays the message: the content is compared too.
UNSIGNED_RETRY_MINUTES = 5
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
RetentionDays = Annotated[int, Field(ge=1, le=36_500)]


class HmacSettings(Schema):
    """Where an `hmac-sha256` sender puts its signature, and what it signs."""

    header: HeaderName
    prefix: Annotated[str, StringConstraints(max_length=32, pattern=r"^[\x21-\x7e]*$")] = Field(
        "", description="What comes before the signature, such as `sha256=`."
    )
    encoding: Literal["hex", "base64"] = "hex"
    signed: Annotated[str, StringConstraints(max_length=100, pattern=r"^[\x20-\x7e]+$")] = Field(
        "{body}", description="What is signed, made of `{body}`, `{timestamp}` and `{id}`."
    )
    timestamp_header: HeaderName | None = Field(None, description="Holds the instant of signing, since 1970.")
    timestamp_unit: Literal["seconds", "milliseconds"] = Field(
        "seconds", description="In which whole numbers that header counts."
    )
    tolerance_seconds: Annotated[int, Field(ge=10, le=3600)] = 300
    message_id_header: HeaderName | None = None
    message_id_expression: Expression | None = Field(
        None,
        description="JMESPath to the id of the answer in the body: other content under it is a revision. "
        "Without id settings each post is new.",
    )
    retry_minutes: Annotated[int, Field(ge=0, le=60)] | None = Field(
        None,
        description="For so long the same content is a retry of the first post, where no id is signed. "
        "Left out: 5 with a `message_id_header` that is not signed, otherwise 0.",
    )

    @model_validator(mode="after")
    def signs_what_it_relies_on(self) -> Self:
        """Refuse a timestamp that is not signed, and placeholders that nothing fills."""
        placeholders = re.findall(r"\{[^}]*\}", self.signed)
        if placeholders.count("{body}") != 1:
            raise ValueError("signed must contain {body} once")
        if ("{timestamp}" in placeholders) != (self.timestamp_header is not None):
            raise ValueError("give timestamp_header and sign {timestamp}, or do neither")
        if "{id}" in placeholders and not self.message_id_header:
            raise ValueError("signing {id} needs message_id_header")
        if self.message_id_header and self.message_id_expression:
            raise ValueError("give message_id_header or message_id_expression, not both")
        if self.retry_minutes is not None and self.told_apart_by in ("signed_id", "field"):
            raise ValueError("leave retry_minutes out: the id tells the messages apart")
        if unknown := set(placeholders) - {"{body}", "{timestamp}", "{id}"}:
            raise ValueError(f"signed cannot contain {min(unknown)}")
        return self

    @property
    def told_apart_by(self) -> ToldApartBy:
        """What tells two messages apart: an id, or that each was posted by itself."""
        if self.message_id_header:
            return "signed_id" if "{id}" in self.signed else "unsigned_id"
        return "field" if self.message_id_expression else "post"

    @property
    def retry_window(self) -> timedelta:
        """For how long the same content is a retry."""
        default = UNSIGNED_RETRY_MINUTES if self.told_apart_by == "unsigned_id" else 0
        return timedelta(minutes=default if self.retry_minutes is None else self.retry_minutes)


class Governance(Schema):
    """The legal footing on which a source sends personal data; a live source needs all of it."""

    controller: Line | None = None
    lawful_basis: LawfulBasis | None = None
    article_9_condition: Article9Condition | None = None
    notice_version: Line | None = None
    retention_days: RetentionDays | None = None


class NewSource(Governance):
    """A system that will send in feedback; with a complete footing it is live immediately."""

    name: Line
    scheme: Scheme
    hmac: HmacSettings | None = Field(None, description="Required for `hmac-sha256`, and only there.")
    secret: Secret | None = Field(None, description="If left out, one is made.")
    success_status: SuccessStatus = 202

    @model_validator(mode="after")
    def settings_fit_the_scheme(self) -> Self:
        """Refuse an HMAC source without settings, and settings that nothing uses."""
        if (self.scheme == "hmac-sha256") != (self.hmac is not None):
            raise ValueError("give hmac with the scheme hmac-sha256, and only with it")
        return self


class SourceChange(Governance):
    """What to change; anything left out or null stays as it is."""

    name: Line | None = None
    state: Literal["live", "paused"] | None = None
    hmac: HmacSettings | None = None
    success_status: SuccessStatus | None = None


class SourceView(Answer):
    """A source as its organisation sees it; never its secrets."""

    id: UUID
    version: int
    organisation_id: UUID
    name: str
    state: State
    scheme: Scheme
    hmac: HmacSettings | None
    success_status: int
    controller: str | None
    lawful_basis: str | None
    article_9_condition: str | None
    notice_version: str | None
    retention_days: int | None
    created_at: Moment
    hook: str = Field(description="The path that it posts to.")
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
