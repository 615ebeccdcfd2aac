"""Which headers pass through, in either direction."""

from collections.abc import Iterable

Headers = Iterable[tuple[bytes, bytes]]

# The only headers that a client can send to a service, so nothing internal can be forged.
PASSED_IN = frozenset(
    {
        b"accept",
        b"accept-language",
        b"content-encoding",  # no service reads it, and each says so
        b"content-type",
        b"doorway-actor",
        b"idempotency-key",
        b"if-match",
        b"if-none-match",
        b"user-agent",
    }
)
# RFC 9110 §7.6.1, and what older proxies add.
HOP_BY_HOP = frozenset(
    {
        b"connection",
        b"keep-alive",
        b"proxy-authenticate",
        b"proxy-authorization",
        b"proxy-connection",
        b"te",
        b"trailer",
        b"transfer-encoding",
        b"upgrade",
    }
)
# Headers that the gateway sets itself. A sender of signed bodies may bring any other: each has its own.
OURS = frozenset(
    {
        b"accept-encoding",
        b"authorization",
        b"content-length",
        b"cookie",
        b"expect",
        b"forwarded",
        b"host",
        b"traceparent",
        b"tracestate",
        b"via",
        b"x-request-id",
    }
)
OUR_PREFIXES = (b"doorway-", b"x-doorway-", b"x-forwarded-", b"x-real-")
KEPT_BACK = HOP_BY_HOP | {b"date", b"server", b"set-cookie", b"x-request-id"}


def inward_headers(headers: Headers, *, signed: bool) -> list[tuple[str, str]]:
    """The headers of a request that its service receives; all but ours when the body is signed."""
    allowed = may_pass_when_signed if signed else PASSED_IN.__contains__
    return [(name.decode("latin-1"), value.decode("latin-1")) for name, value in headers if allowed(name)]


def may_pass_when_signed(name: bytes) -> bool:
    """Whether a sender of signed bodies may pass this header on."""
    return name not in HOP_BY_HOP and name not in OURS and not name.startswith(OUR_PREFIXES)


def outward_headers(headers: Headers) -> list[tuple[bytes, bytes]]:
    """The headers of an answer that its client receives."""
    return [(name.lower(), value) for name, value in headers if name.lower() not in KEPT_BACK]


def announces_body(headers: Headers) -> bool:
    """Whether a request has a body (RFC 9112, 6.3); to wait for one that cannot come takes time."""
    return any(name in (b"content-length", b"transfer-encoding") for name, _ in headers)


def content_length(headers: Headers) -> int | None:
    """The announced length of the body in bytes; None when it is not announced."""
    found = next((value for name, value in headers if name == b"content-length"), None)
    return int(found) if found is not None and found.isdigit() else None
