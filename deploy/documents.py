"""The documents that are made from the code and committed: OpenAPI, AsyncAPI, the page of events."""

import json
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from deploy.describing import described
from deploy.environment import Addresses, environment, fields_of
from deploy.events import asyncapi, events_page
from deploy.joining import joined
from deploy.keys import SERVICES, make_keys
from deploy.local.home import CHECKOUT
from services.gateway.errors import KeyUnknown, ServiceUnavailable, UpstreamTimeout
from shared.errors import TooMany

Document = dict[str, Any]
# What the gateway answers itself, whatever the operation.
BEFORE_SERVICES = (KeyUnknown, TooMany, ServiceUnavailable, UpstreamTimeout)


@dataclass(frozen=True, slots=True)
class Generated:
    """A committed file and how its text is made."""

    path: Path
    make: Callable[[], str]

    def write(self) -> None:
        """Write the file anew."""
        self.path.write_text(self.make())

    def is_current(self) -> bool:
        """Whether the committed file is what the code makes now."""
        return self.path.exists() and self.path.read_text() == self.make()


def service_documents() -> dict[str, Document]:
    """The OpenAPI document of each service; the apps are made but never started."""
    with tempfile.TemporaryDirectory() as folder:
        secrets = Path(folder) / "secrets"
        make_keys(secrets)
        nowhere = Addresses("postgresql://127.0.0.1:1", "nats://127.0.0.1:1", dict.fromkeys(SERVICES, 1))
        settings = environment(secrets, nowhere)
        return {
            service: described(app_of(service, fields_of(service, settings)), BEFORE_SERVICES)
            for service in SERVICES
        }


def app_of(service: str, fields: dict[str, Any]) -> Any:
    """A service's app with these settings."""
    settings = import_module(f"services.{service}.settings").Settings(**fields)
    return import_module(f"services.{service}.main").create_app(settings)


def as_text(document: Document) -> str:
    """A document as it is committed."""
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


OPENAPI = Generated(CHECKOUT / "deploy" / "openapi.json", lambda: as_text(joined(service_documents())))
ASYNCAPI = Generated(CHECKOUT / "deploy" / "asyncapi.json", lambda: as_text(asyncapi()))
EVENTS_PAGE = Generated(CHECKOUT / "docs" / "events.md", events_page)
