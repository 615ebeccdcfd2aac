"""The people of the story: invented bodies, marked as such, their applications, and who tells it."""

from dataclasses import dataclass, field
from functools import cached_property

from rich.console import Console
from rich.markup import escape

from deploy.story.caller import Caller, JsonObject

# The trust of the story lies where NE1 4LP lies.
FOOTPRINT = "ods:QHM"
# The ambulance service about which the demo's real comments are.
AMBULANCE = "ods:RX6"
TRUST, CHARITY, WATCH = (
    {"name": "Demonstration Trust (invented)", "kind": "nhs_trust"},
    {"name": "Demonstration Voices (invented charity)", "kind": "voluntary"},
    {"name": "Demonstration Watch (invented)", "kind": "voluntary"},
)
PARTNER_SCOPES = [
    "registry:read",
    "feedback:read",
    "feedback:write",
    "loop:read",
    "loop:raise",
    "webhooks:manage",
]
TRUST_SCOPES = [
    "registry:read",
    "feedback:read",
    "feedback:write",
    "loop:read",
    "loop:write",
    "sources:manage",
    "webhooks:manage",
]
TRANSPORT_SCOPES = ["registry:read", "loop:read", "loop:write", "loop:verify"]
AMBULANCE_SCOPES = ["registry:read", "feedback:read"]
VERIFIER_SCOPES = ["registry:read", "loop:read", "loop:verify", "webhooks:manage"]


@dataclass
class Cast:
    """The applications of the story, and the ids of what it made."""

    gateway_url: str
    admin: Caller
    steward: Caller
    keys: dict[str, str]
    ids: dict[str, str] = field(default_factory=dict)

    @cached_property
    def partner(self) -> Caller:
        """The charity's app."""
        return Caller(self.gateway_url, self.keys["partner"], "demo-4; role=app manager")

    @cached_property
    def trust(self) -> Caller:
        """The trust's engagement team."""
        return Caller(self.gateway_url, self.keys["trust"], "demo-1; role=engagement lead")

    @cached_property
    def transport(self) -> Caller:
        """The trust's transport team, which owns a commitment."""
        return Caller(self.gateway_url, self.keys["transport"], "demo-2; role=head of transport")

    @cached_property
    def verifier(self) -> Caller:
        """The app of a body that is independent of the trust."""
        return Caller(self.gateway_url, self.keys["verifier"], "demo-3; role=evidence reviewer")

    @cached_property
    def anybody(self) -> Caller:
        """Somebody without a key."""
        return Caller(self.gateway_url)

    def close(self) -> None:
        """Close all connections."""
        for caller in vars(self).values():
            if isinstance(caller, Caller):
                caller.close()


def assemble_cast(gateway_url: str, admin_key: str, steward_key: str) -> Cast:
    """Register the invented bodies and make a client with a key for each."""
    admin = Caller(gateway_url, admin_key, "operator-1; role=operator")
    steward = Caller(gateway_url, steward_key, "steward-1; role=steward")
    bodies: dict[str, JsonObject] = {}
    cast = Cast(gateway_url, admin, steward, {"admin": admin_key, "steward": steward_key})
    for name, body, team, scopes in (
        ("trust", TRUST, "engagement", TRUST_SCOPES),
        ("transport", TRUST, "transport", TRANSPORT_SCOPES),
        ("partner", CHARITY, "app", PARTNER_SCOPES),
        ("verifier", WATCH, "evidence", VERIFIER_SCOPES),
    ):
        made = bodies.get(body["name"]) or register_body(steward, body)
        bodies[body["name"]] = made
        cast.ids[f"{name}_organisation"] = made["id"]
        cast.keys[name] = make_client_key(admin, made["id"], team, name, scopes)
    cast.keys["ambulance"] = make_client_key(
        admin, AMBULANCE, "patient experience", "ambulance", AMBULANCE_SCOPES
    )
    return cast


def make_client_key(admin: Caller, organisation: str, team: str, name: str, scopes: list[str]) -> str:
    """Make a client of an organisation; its key is the answer."""
    client = {"organisation": organisation, "team": team, "name": f"{name} (demonstration)", "scopes": scopes}
    key: str = admin.post("/v1/clients", client)["key"]
    return key


def register_body(steward: Caller, body: dict[str, str]) -> JsonObject:
    """Register an invented body in the story's footprint."""
    return steward.post("/v1/organisations", {**body, "footprint": FOOTPRINT, "demonstration": True})


class Teller:
    """Prints the story as it is played."""

    def __init__(self, console: Console) -> None:
        self.console = console

    def step(self, number: int, sentence: str) -> None:
        """Begin a step."""
        self.console.print(f"\n[bold cyan]({number})[/bold cyan] [bold]{escape(sentence)}[/bold]")

    def fact(self, sentence: str) -> None:
        """Say what was asked or answered."""
        self.console.print(f"    {escape(sentence)}", highlight=False, soft_wrap=True)
