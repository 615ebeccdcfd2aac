"""Callers of the gateway, as any partner's app would be: one base address, one key."""

import time
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias, TypedDict, TypeVar, Unpack

import httpx2

WAIT_SECONDS_MAX = 60.0
# An object of JSON, as a partner reads it from the answer: its shape stands in the API document.
JsonObject: TypeAlias = dict[str, Any]
Parameter: TypeAlias = str | int | bool | None
Found = TypeVar("Found")


class RequestParts(TypedDict, total=False):
    """What a request may carry."""

    params: Mapping[str, Parameter] | None
    json: object
    content: bytes
    headers: Mapping[str, str]


class StoryBroken(Exception):
    """A step of the story failed; says what was answered."""


class Caller:
    """A client of the gateway, with a key or without."""

    def __init__(self, gateway_url: str, key: str | None = None, actor: str | None = None) -> None:
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        if actor:
            headers["Doorway-Actor"] = actor
        self.key = key
        self.client = httpx2.Client(base_url=gateway_url, headers=headers, timeout=30)

    def ask(self, method: str, path: str, *, expect: int = 0, **request: Unpack[RequestParts]) -> JsonObject:
        """The gateway's answer; waits as `Retry-After` says and tries again.

        StoryBroken when the answer is an error, or another status than is expected.
        """
        answer = self.send(method, path, **request)
        ended = time.monotonic() + WAIT_SECONDS_MAX
        while (
            answer.status_code in {409, 429, 503}
            and "retry-after" in answer.headers
            and expect != answer.status_code
        ):
            if time.monotonic() > ended:
                break
            time.sleep(float(answer.headers["retry-after"]))
            answer = self.send(method, path, **request)
        if (expect and answer.status_code != expect) or (not expect and answer.is_error):
            raise StoryBroken(f"{method} {path} was answered {answer.status_code}: {answer.text[:500]}")
        found: JsonObject = answer.json() if answer.content else {}
        return found

    def send(self, method: str, path: str, **request: Unpack[RequestParts]) -> httpx2.Response:
        """Send one request."""
        return self.client.request(method, path, **request)

    def get(self, path: str, **params: Parameter) -> JsonObject:
        """Read something."""
        # Parameters, even none, would replace those of a path that has its own.
        return self.ask("GET", path, params=params or None)

    def post(
        self, path: str, body: object = None, *, version: int | None = None, expect: int = 0
    ) -> JsonObject:
        """Send a body; `version` is the one that the request changes, for If-Match."""
        headers = {"If-Match": f'"{version}"'} if version is not None else {}
        return self.ask("POST", path, json=body or {}, headers=headers, expect=expect)

    def close(self) -> None:
        """Close its connections."""
        self.client.close()


def wait_for(what: str, find: Callable[[], Found | None], seconds: float = WAIT_SECONDS_MAX) -> Found:
    """The first result of `find` that is not empty; StoryBroken when there is none in time."""
    ended = time.monotonic() + seconds
    while time.monotonic() < ended:
        if found := find():
            return found
        time.sleep(0.05)
    raise StoryBroken(f"{what} did not happen within {seconds:.0f} seconds")
