"""The documents that are made from the code and committed: OpenAPI, AsyncAPI, the page of events."""

import json
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

from fastapi import FastAPI

from deploy.describing import describe_app
from deploy.environment import Addresses, environment, fields_of
from deploy.events import asyncapi, events_page
from deploy.joining import Document, join_documents
from deploy.keys import SERVICES, make_keys
from deploy.local.home import CHECKOUT
from services.gateway.errors import KeyUnknown, ServiceUnavailable, UpstreamTimeout
from shared.errors import TooMany

# What the gateway answers itself, whatever the operation.
BEFORE_SERVICES = (KeyUnknown, TooMany, ServiceUnavailable, UpstreamTimeout)


@dataclass(frozen=True, slots=True)
class Generated:
    """A committed file and how its text is made."""

    path: Path
    make: Callable[[], str]

    def write(self) -> None:
        """Write the file again."""
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
            service: describe_app(app_of(service, fields_of(service, settings)), BEFORE_SERVICES)
            for service in SERVICES
        }


def app_of(service: str, fields: Document) -> FastAPI:
    """A service's app with these settings."""
    settings = import_module(f"services.{service}.settings").Settings(**fields)
    app: FastAPI = import_module(f"services.{service}.main").create_app(settings)
    return app


def as_text(document: Document) -> str:
    """A document as it is committed."""
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


OPENAPI = Generated(
    CHECKOUT / "deploy" / "openapi.json", lambda: as_text(join_documents(service_documents()))
)
ASYNCAPI = Generated(CHECKOUT / "deploy" / "asyncapi.json", lambda: as_text(asyncapi()))
EVENTS_PAGE = Generated(CHECKOUT / "docs" / "events.md", events_page)
