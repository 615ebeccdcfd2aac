"""Which headers pass through, in either direction."""

from collections.abc import Iterable

from services.gateway.proxy.connection import Body
from services.gateway.proxy.pool import ServiceAddress

HeaderPairs = Iterable[tuple[bytes, bytes]]

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
# No sender can bring it: it begins with one of our prefixes.
SENDERS_CREDENTIALS = b"doorway-sender-authorization"
OUR_PREFIXES = (b"doorway-", b"x-doorway-", b"x-forwarded-", b"x-real-")
BODILESS = frozenset({"GET", "HEAD", "OPTIONS"})
KEPT_BACK = HOP_BY_HOP | {b"date", b"server", b"set-cookie", b"x-request-id"}


def inward_headers(headers: HeaderPairs, *, signed: bool) -> list[tuple[bytes, bytes]]:
    """The headers of a request that its service receives; all but ours when the body is signed."""
    if not signed:
        return [pair for pair in headers if pair[0] in PASSED_IN]
    return [*(pair for pair in headers if may_pass_when_signed(pair[0])), *senders_credentials(headers)]


def senders_credentials(headers: HeaderPairs) -> list[tuple[bytes, bytes]]:
    """What a sender calls `Authorization`, under another name: that header carries our token."""
    given = [value for name, value in headers if name == b"authorization"]
    return [(SENDERS_CREDENTIALS, given[0])] if len(given) == 1 else []


def may_pass_when_signed(name: bytes) -> bool:
    """Whether a sender of signed bodies may pass this header on."""
    return name not in HOP_BY_HOP and name not in OURS and not name.startswith(OUR_PREFIXES)


def outward_headers(headers: HeaderPairs) -> list[tuple[bytes, bytes]]:
    """The headers of an answer that its client receives."""
    return [pair for pair in headers if pair[0] not in KEPT_BACK]


def announces_body(headers: HeaderPairs) -> bool:
    """Whether a request has a body (RFC 9112, 6.3); to wait for one that cannot come takes time."""
    return any(name in (b"content-length", b"transfer-encoding") for name, _ in headers)


def content_length(headers: HeaderPairs) -> int | None:
    """The announced length of the body in bytes; None when it is not announced."""
    found = next((value for name, value in headers if name == b"content-length"), None)
    return int(found) if found is not None and found.isdigit() else None


def head_of_request(
    method: str, address: ServiceAddress, target: bytes, headers: HeaderPairs, body: Body
) -> bytes:
    """The head of a request to a service; ValueError if a line of it would be two."""
    pairs = [(b"host", address.name), *headers, *framing_of(method, body)]
    lines = [name + b": " + value for name, value in pairs]
    first = b"%b %b%b HTTP/1.1" % (method.encode(), address.start, target)
    head = b"\r\n".join([first, *lines, b"", b""])
    if head.count(b"\n") != len(lines) + 2 or head.count(b"\r") != len(lines) + 2:
        raise ValueError("a line break within a line of a head")
    return head


def framing_of(method: str, body: Body) -> list[tuple[bytes, bytes]]:
    """The header that says where a body ends; none for what has no body by its nature (RFC 9110, 8.6)."""
    if isinstance(body, bytes):
        has_none = not body and method in BODILESS
        return [] if has_none else [(b"content-length", b"%d" % len(body))]
    if body.length is None:
        return [(b"transfer-encoding", b"chunked")]
    return [(b"content-length", b"%d" % body.length)]
