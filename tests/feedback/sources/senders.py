"""What the source tests share: a trust's survey system, and what it sends."""

import base64
import hashlib
import hmac
import json
import time
from dataclasses import dataclass, field
from typing import Any

import httpx2
from standardwebhooks.webhooks import Webhook

from shared.clock import now
from shared.ids import new_id
from tests.feedback.examples import with_actor
from tests.fixtures.clients import ServiceClient

FOOTING = {
    "controller": "Demonstration Trust (invented)",
    "lawful_basis": "public_task",
    "article_9_condition": "health_or_social_care",
    "notice_version": "2026-04",
    "retention_days": 730,
}
PAYLOAD = {"id": "r-1", "comment": "The nurse explained everything.", "score": "2", "consent": "Y"}
RULES: dict[str, Any] = {
    "fields": {
        "text": "comment",
        "rating.value": "score",
        "permissions.publish": "consent",
        "external_id": "id",
    },
    "values": {"permissions.publish": {"Y": "yes", "N": "no"}},
    "defaults": {"kind": "survey_response", "rating.scale": "1-5"},
    "required": ["text"],
}
SAMPLE: dict[str, Any] = {
    "synthetic": True,
    "payload": PAYLOAD,
    "expected": {
        "text": "The nurse explained everything.",
        "rating": {"value": "2", "scale": "1-5"},
        "permissions": {"publish": "yes"},
        "external_id": "r-1",
        "kind": "survey_response",
    },
}


def mapping(**rules: Any) -> dict[str, Any]:
    """A body of POST …/mappings."""
    return RULES | {"samples": [SAMPLE]} | rules


def standard_headers(secret: str, body: bytes, message_id: str, *, seconds_ago: int = 0) -> dict[str, str]:
    """The headers of Standard Webhooks, made by hand so that any bytes can be signed."""
    timestamp = str(int(time.time()) - seconds_ago)
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = hmac.new(key, f"{message_id}.{timestamp}.".encode() + body, hashlib.sha256).digest()
    signature = f"v1,{base64.b64encode(signed).decode()}"
    return {
        "webhook-id": message_id,
        "webhook-timestamp": timestamp,
        "webhook-signature": signature,
        "content-type": "application/json",
    }


@dataclass
class Sender:
    """A survey system that signs by Standard Webhooks."""

    service: ServiceClient
    source: dict[str, Any]
    secret: str
    owner: ServiceClient = field(repr=False)

    @property
    def path(self) -> str:
        """Where the source is managed."""
        return f"/v1/sources/{self.source['id']}"

    async def send(
        self, body: Any = PAYLOAD, message_id: str | None = None, **headers: str
    ) -> httpx2.Response:
        """Post a payload, signed with the library that the senders use."""
        text = json.dumps(body)
        message_id = message_id or f"msg_{new_id().hex}"
        signature = Webhook(self.secret).sign(message_id, now(), text)
        signed = {
            "webhook-id": message_id,
            "webhook-timestamp": str(int(time.time())),
            "webhook-signature": signature,
            "content-type": "application/json",
        }
        return await self.post(text.encode(), **(signed | headers))

    async def post(self, body: bytes, **headers: str) -> httpx2.Response:
        """Post bytes as they are."""
        return await self.service.post(self.source["hook"], content=body, headers=headers)

    async def map_by(self, **rules: Any) -> dict[str, Any]:
        """Add a mapping."""
        answer = await self.owner.post(f"{self.path}/mappings", json=mapping(**rules))
        assert answer.status_code == 201, answer.text
        made: dict[str, Any] = answer.json()
        return made

    async def read(self, what: str) -> dict[str, Any]:
        """Read something of the source as its owner."""
        answer = await self.owner.get(f"{self.path}/{what}")
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found


def hmac_headers(secret: str, body: bytes, **headers: str) -> dict[str, str]:
    """The headers of a supplier that signs the body in hex, as `X-Signature: sha256=…`."""
    digest = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return {"x-signature": f"sha256={digest}", "content-type": "application/json", **headers}


def hmac_source(**settings: Any) -> dict[str, Any]:
    """The fields of a source that signs in that way."""
    return {"scheme": "hmac-sha256", "hmac": {"header": "X-Signature", "prefix": "sha256=", **settings}}


def multipart(
    fields: dict[str, Any], *, files: dict[str, bytes] | None = None, boundary: str = "b0undary"
) -> tuple[bytes, str]:
    """The body and the type of a form, made by hand so that any bytes can be in it."""
    parts = [(name, text, "") for name, given in fields.items() for text in _texts(given)]
    files_of_form = [(name, data, f'; filename="{name}.png"') for name, data in (files or {}).items()]
    lines = [
        b'--%b\r\nContent-Disposition: form-data; name="%b"%b\r\n\r\n%b\r\n'
        % (boundary.encode(), name.encode(), file_name.encode(), data)
        for name, data, file_name in [*parts, *files_of_form]
    ]
    return b"".join([*lines, b"--%b--\r\n" % boundary.encode()]), f"multipart/form-data; boundary={boundary}"


def _texts(given: Any) -> list[bytes]:
    return [str(each).encode() for each in (given if isinstance(given, list) else [given])]


async def a_source(service: ServiceClient, owner: ServiceClient, **fields: Any) -> Sender:
    """Register a source and return its sender."""
    new: dict[str, Any] = {"name": "Survey system", "scheme": "standard-webhooks"} | FOOTING | fields
    answer = await with_actor(owner).post("/v1/sources", json=new)
    assert answer.status_code == 201, answer.text
    source = answer.json()
    return Sender(service, source, new.get("secret") or source["secret"], owner)
