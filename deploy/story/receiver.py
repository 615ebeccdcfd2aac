"""A partner's endpoint: a real HTTP server on this machine that verifies each webhook it is sent."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from deploy.stage import HERE
from deploy.story.caller import JsonObject

BODY_BYTES_MAX = 1_000_000


class Receiver:
    """What came to one endpoint, verified with the `standardwebhooks` library."""

    def __init__(self, port: int) -> None:
        self.url = f"http://{HERE}:{port}/"
        self.secret: str | None = None
        self.kept: dict[str, JsonObject] = {}
        self.refused = 0
        self.lock = threading.Lock()

    def take(self, headers: dict[str, str], body: bytes) -> int:
        """Keep a webhook once by its id, and return the status to answer with."""
        try:
            Webhook(self.secret or "").verify(body, headers)
        except (WebhookVerificationError, ValueError, TypeError, RuntimeError):
            with self.lock:
                self.refused += 1
            return 401
        with self.lock:
            self.kept.setdefault(headers["webhook-id"], json.loads(body))
        return 204

    @property
    def events(self) -> list[JsonObject]:
        """The events that came so far, in the order of their arrival; more may come while they are read."""
        with self.lock:
            return list(self.kept.values())

    def types(self) -> list[str]:
        """The types of the events that came, each once, in alphabetical order."""
        return sorted({event["type"] for event in self.events})

    def about(self, subject: str) -> list[str]:
        """The types of the events that came about one thing."""
        return [event["type"] for event in self.events if event["subject"] == subject]


@contextmanager
def run_receiver() -> Iterator[Receiver]:
    """Run an endpoint on a free port of this machine."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = min(int(self.headers.get("content-length", 0)), BODY_BYTES_MAX)
            headers = {name.lower(): value for name, value in self.headers.items()}
            self.send_response(receiver.take(headers, self.rfile.read(length)))
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Log nothing: the story prints what came."""

    with ThreadingHTTPServer((HERE, 0), Handler) as server:
        receiver = Receiver(server.server_address[1])
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield receiver
        finally:
            server.shutdown()
            thread.join()
