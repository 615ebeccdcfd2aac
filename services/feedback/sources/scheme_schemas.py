"""Shapes of schemes: how a sender shows that it is the source's, and what tells its messages apart."""

import re
from datetime import timedelta
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from shared.schemas import Schema

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
Prefix = Annotated[str, StringConstraints(max_length=32, pattern=r"^[\x21-\x7e]*$")]
Scheme = Literal["standard-webhooks", "hmac-sha256", "bearer", "fixed-header", "basic", "secret-path"]
# The schemes in which a sender shows the secret itself, so that nothing it sends is signed.
SHOWN_SCHEMES = ("bearer", "fixed-header", "basic", "secret-path")
# What tells two messages of a source apart.
ToldApartBy = Literal["signed_id", "unsigned_id", "field", "post"]
# An id that nobody signed can be changed by whoever relays the message: the content is compared too.
UNSIGNED_RETRY_MINUTES = 5


class MessageSettings(Schema):
    """What tells the messages of a source apart, where the scheme itself does not."""

    message_id_header: HeaderName | None = Field(
        None, description="The header with the id of a message, the same on every try."
    )
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
    def tells_apart_in_one_way(self) -> Self:
        """Refuse two ways to tell messages apart."""
        if self.message_id_header and self.message_id_expression:
            raise ValueError("give message_id_header or message_id_expression, not both")
        if self.retry_minutes is not None and self.told_apart_by in ("signed_id", "field"):
            raise ValueError("leave retry_minutes out: the id tells the messages apart")
        return self

    @property
    def told_apart_by(self) -> ToldApartBy:
        """What tells two messages apart: an id, or that each was posted by itself."""
        if self.message_id_header:
            return "unsigned_id"
        return "field" if self.message_id_expression else "post"

    @property
    def retry_window(self) -> timedelta:
        """For how long the same content is a retry."""
        default = UNSIGNED_RETRY_MINUTES if self.told_apart_by == "unsigned_id" else 0
        return timedelta(minutes=default if self.retry_minutes is None else self.retry_minutes)

    @property
    def headers(self) -> tuple[tuple[str, str | None], ...]:
        """The headers that it needs, by the names of the settings that name them."""
        return (("message_id_header", self.message_id_header),)


class HmacSettings(MessageSettings):
    """Where an `hmac-sha256` sender puts its signature, and what it signs."""

    header: HeaderName
    prefix: Prefix = Field("", description="What comes before the signature, such as `sha256=`.")
    encoding: Literal["hex", "base64"] = "hex"
    signed: Annotated[str, StringConstraints(max_length=100, pattern=r"^[\x20-\x7e]+$")] = Field(
        "{body}", description="What is signed, made of `{body}`, `{timestamp}` and `{id}`."
    )
    timestamp_header: HeaderName | None = Field(None, description="Holds the instant of signing, since 1970.")
    timestamp_unit: Literal["seconds", "milliseconds"] = Field(
        "seconds", description="In which whole numbers that header counts."
    )
    tolerance_seconds: Annotated[int, Field(ge=10, le=3600)] = 300

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
        if unknown := set(placeholders) - {"{body}", "{timestamp}", "{id}"}:
            raise ValueError(f"signed cannot contain {min(unknown)}")
        return self

    @property
    def told_apart_by(self) -> ToldApartBy:
        """What tells two messages apart; an id that is signed can be relied on."""
        return "signed_id" if self.message_id_header and "{id}" in self.signed else super().told_apart_by

    @property
    def headers(self) -> tuple[tuple[str, str | None], ...]:
        """The headers that it needs, by the names of the settings that name them."""
        return (("header", self.header), ("timestamp_header", self.timestamp_header), *super().headers)


class TokenSettings(MessageSettings):
    """Where a sender shows the secret, and what tells its messages apart: nothing that it sends is signed."""

    header: HeaderName | None = Field(None, description="The header with the secret; for `fixed-header`.")
    prefix: Prefix = Field("", description="What comes before the secret in that header.")
    username: Annotated[str, StringConstraints(max_length=64, pattern=r"^[\x21-\x39\x3b-\x7e]+$")] | None = (
        Field(None, description="The name that goes with the secret as its password; for `basic`. No colon.")
    )

    @property
    def headers(self) -> tuple[tuple[str, str | None], ...]:
        """The headers that it needs, by the names of the settings that name them."""
        return (("header", self.header), *super().headers)


def fault_of_token(scheme: Scheme, token: TokenSettings | None) -> str | None:
    """What is wrong with the settings of a scheme in which the secret is shown; None if nothing is."""
    if token is not None and scheme not in SHOWN_SCHEMES:
        return f"give token only with {', '.join(SHOWN_SCHEMES)}"
    needed = {"fixed-header": "header", "basic": "username"}
    for needing, name in needed.items():
        given = token is not None and getattr(token, name) is not None
        if given != (scheme == needing):
            return f"{'leave out' if given else 'give'} token.{name}: it belongs to {needing}"
    if token is not None and token.prefix and scheme != "fixed-header":
        return "leave out token.prefix: it belongs to fixed-header"
    return None
