"""Who is calling: the gateway's signed token, scopes, and the person acting."""

import json
import re
import time
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Annotated, NotRequired, TypedDict, cast
from uuid import UUID

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from fastapi import Depends, Header, Request
from fastapi.params import Security as SecurityDependency
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer, SecurityScopes

from shared.errors import Invalid, KeyRequired, ScopeMissing, Unauthorised, invalid, raises
from shared.logs import log
from shared.manifest import manifests
from shared.masking import cover
from shared.state import state_of

TOKEN_SECONDS = 60
LEEWAY_SECONDS = 5
# Under these the product itself acts, so that nobody else may: as they are once folded.
PRODUCT_NAMES = frozenset({"rule", "rules", "byrule", "system"})
ACTOR = re.compile(r"([A-Za-z0-9._-]{1,64}) *; *role=([A-Za-z0-9 ._-]{1,64})")


@dataclass(frozen=True, slots=True)
class Caller:
    """The client that a request comes from; without a key all is empty."""

    client_id: UUID | None = None
    organisation_id: UUID | None = None
    team: str | None = None
    scopes: frozenset[str] = field(default_factory=frozenset)
    # The bodies that ended and for which its own answers. A service that minds them fills this in.
    heir_of: frozenset[UUID] = frozenset()
    # Its own body, once others answer for that. It still is who sends.
    ended: UUID | None = None

    @property
    def is_anonymous(self) -> bool:
        """Whether the request came without a key."""
        return self.client_id is None

    def require(self, *scopes: str) -> None:
        """Refuse with KeyRequired without a key, with ScopeMissing unless it has all the scopes."""
        if self.is_anonymous:
            raise KeyRequired(headers={"WWW-Authenticate": "Bearer"})
        if missing := sorted(set(scopes) - self.scopes):
            raise ScopeMissing(f"This needs the scope {', '.join(missing)}. {ScopeMissing.sentence()}")


@dataclass(frozen=True, slots=True)
class Actor:
    """The person acting, by a pseudonym, and in which role."""

    pseudonym: str
    role: str


@dataclass(frozen=True)
class Authentication:
    """How a service finds out who calls: by the gateway's token, or as the gateway itself does."""

    caller_of: Callable[[Request], Caller]


class TokenSigner:
    """Signs the tokens by which services know who called (EdDSA, RFC 8037)."""

    def __init__(self, private_key_pem: str, issuer: str, kid: str) -> None:
        key = load_pem_private_key(private_key_pem.encode(), password=None)
        if not isinstance(key, Ed25519PrivateKey):
            raise TypeError("the signing key must be an Ed25519 key")
        self.key, self.issuer, self.kid = key, issuer, kid

    def sign(self, caller: Caller, audience: str) -> str:
        """A token for one service, valid for 60 seconds."""
        issued = int(time.time())
        claims = {
            "iss": self.issuer,
            "aud": audience,
            "sub": str(caller.client_id or "anonymous"),
            "org": str(caller.organisation_id) if caller.organisation_id else None,
            "team": caller.team,
            "scopes": sorted(caller.scopes),
            "iat": issued,
            "exp": issued + TOKEN_SECONDS,
        }
        return jwt.encode(claims, self.key, algorithm="EdDSA", headers={"kid": self.kid})


class TokenVerifier:
    """Reads the gateway's tokens and remembers each until it expires: verifying costs as much as a request.

    Only the gateway knows callers: under the key of a service that asks another, everybody is anonymous.
    """

    REMEMBERED_MAX = 10_000

    def __init__(self, jwk_set: str, audience: str) -> None:
        keys = json.loads(jwk_set)["keys"]
        self.keys = {key["kid"]: jwt.PyJWK(key) for key in keys}
        # Services sign as `<service>-<number>`; every other key is the gateway's.
        services = tuple(f"{name}-" for name, each in manifests().items() if each.calls)
        self.of_services = {key_id for key_id in self.keys if key_id.startswith(services)}
        self.audience = audience
        self.remembered: dict[str, tuple[float, Caller]] = {}

    def __call__(self, request: Request) -> Caller:
        """Who called; raises Unauthorised unless a valid token for this service says so."""
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise Unauthorised("This service answers only to the gateway.")
        ends, caller = self.remembered.get(token) or self.verify(token)
        if ends < time.time():
            self.remembered.pop(token, None)
            raise Unauthorised("The gateway's token has expired.")
        return caller

    def verify(self, token: str) -> tuple[float, Caller]:
        """Check signature, audience and time, and remember the caller until the token expires."""
        try:
            key_id = jwt.get_unverified_header(token)["kid"]
            key = self.keys[key_id]
            claims = jwt.decode(
                token,
                key,
                algorithms=["EdDSA"],
                audience=self.audience,
                leeway=LEEWAY_SECONDS,
                options={"require": ["exp", "iat", "sub", "aud", "iss"]},
            )
            caller = Caller() if key_id in self.of_services else caller_from(cast(Claims, claims))
            found = float(claims["exp"]) + LEEWAY_SECONDS, caller
        except (jwt.PyJWTError, KeyError, ValueError, TypeError, AttributeError) as error:
            log.warning("token_refused", reason=type(error).__name__)
            raise Unauthorised("This service answers only to the gateway.") from error
        if len(self.remembered) >= self.REMEMBERED_MAX:
            self.remembered.clear()
        self.remembered[token] = found
        return found


class Claims(TypedDict):
    """What a token says of the caller."""

    sub: str
    org: NotRequired[str | None]
    team: NotRequired[str | None]
    scopes: NotRequired[list[str]]


def caller_from(claims: Claims) -> Caller:
    """The caller that a token's claims name."""
    if claims["sub"] == "anonymous":
        return Caller()
    organisation = claims.get("org")
    return Caller(
        client_id=UUID(claims["sub"]),
        organisation_id=UUID(organisation) if organisation else None,
        team=claims.get("team"),
        scopes=frozenset(claims.get("scopes", ())),
    )


bearer = HTTPBearer(auto_error=False, scheme_name="key", description="A client's key: dw_<id>_<secret>.")
BearerKey = Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)]


# These are coroutines: FastAPI sends plain functions to a thread, which costs more than the whole request.
async def caller_of(request: Request) -> Caller:
    """Who is calling; a client without a key is anonymous."""
    return state_of(request, Authentication).caller_of(request)


Anyone = Annotated[Caller, Depends(caller_of)]


@raises(KeyRequired, ScopeMissing)
async def caller_with(scopes: SecurityScopes, caller: Anyone, _: BearerKey) -> Caller:
    """The caller, if it has the scopes."""
    caller.require(*scopes.scopes)
    return caller


def needs(*scopes: str) -> SecurityDependency:
    """The dependency that refuses callers without these scopes; they appear in the API document."""
    return SecurityDependency(caller_with, scopes=list(scopes))


def is_product_name(name: str) -> bool:
    """Whether a name reads as the product's own, whatever its capitals, accents, spaces and signs."""
    folded = "".join(filter(str.isalnum, unicodedata.normalize("NFKD", name).casefold()))
    return folded.startswith("doorway") or folded in PRODUCT_NAMES


@raises(Invalid)
async def actor_of(
    header: Annotated[
        str | None,
        Header(alias="Doorway-Actor", description="Who acts, by a pseudonym: `<pseudonym>; role=<role>`."),
    ] = None,
) -> Actor | None:
    """The person acting, if the request names one."""
    if header is None:
        return None
    try:
        return read_actor(header)
    except ValueError as error:
        raise invalid("/headers/Doorway-Actor", f"Doorway-Actor {error}") from error


def read_actor(text: str) -> Actor:
    """The person whom a text names; ValueError says what is wrong with it."""
    if not (found := ACTOR.fullmatch(text.strip())):
        raise ValueError("must look like `jd-17; role=engagement lead`.")
    if any(map(is_product_name, found.groups())):
        raise ValueError("names the product itself. Name a person.")
    if kinds := {kind for each in found.groups() for kind in cover(each).kinds}:
        raise ValueError(f"holds what reads as personal data ({', '.join(sorted(kinds))}). Use a pseudonym.")
    return Actor(*found.groups())


ActorGiven = Annotated[Actor | None, Depends(actor_of)]


@raises(Invalid)
async def actor_required(actor: ActorGiven) -> Actor:
    """The person acting; raises Invalid if the request names nobody."""
    if actor is None:
        raise invalid("/headers/Doorway-Actor", "Say who acts in `Doorway-Actor: <pseudonym>; role=<role>`.")
    return actor


ActorRequired = Annotated[Actor, Depends(actor_required)]
