"""A real HTTP server in the place of the services, which remembers what reached it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import ClientConnectionError, web

ORGANISATION = "0197f3a0-0000-7000-8000-0000000000a1"


@dataclass(frozen=True, slots=True)
class Reached:
    """A request as it reached the server."""

    method: str
    path: str
    headers: list[tuple[str, str]]
    body: bytes
    peer: tuple[str, int]

    def header(self, name: str) -> str | None:
        """The only header of this name, or None."""
        found = [value for each, value in self.headers if each.lower() == name.lower()]
        assert len(found) <= 1, found
        return found[0] if found else None


@dataclass
class Upstream:
    """The server; tests set how it answers by path."""

    url: str = ""
    reached: list[Reached] = field(default_factory=list)
    came: asyncio.Event = field(default_factory=asyncio.Event)
    broken_off: asyncio.Event = field(default_factory=asyncio.Event)
    release: asyncio.Event = field(default_factory=asyncio.Event)

    @asynccontextmanager
    async def running(self) -> AsyncIterator["Upstream"]:
        """Serve on a free port while the block runs."""
        app = web.Application(client_max_size=64 * 1024 * 1024)
        app.router.add_get("/v1/organisations/{ref}", self.organisation)
        app.router.add_route("*", "/{rest:.*}", self.answer)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        try:
            yield self
        finally:
            self.release.set()
            await runner.cleanup()

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Answer as the query asks: `slow`, `stream`, `break`, `refuse` and so on, or plainly."""
        self.came.set()
        try:
            body = await request.read()
        except (ConnectionError, ClientConnectionError, asyncio.IncompleteReadError):
            self.broken_off.set()
            raise
        headers = [(n.decode(), v.decode("latin-1")) for n, v in request.raw_headers]
        assert request.transport is not None
        peer = request.transport.get_extra_info("peername")
        self.reached.append(Reached(request.method, request.raw_path, headers, body, peer))
        kind = request.query.get("as", "plain")
        return await getattr(self, f"answer_{kind}")(request)  # type: ignore[no-any-return]  # all of one shape

    async def answer_plain(self, request: web.Request) -> web.StreamResponse:
        """Say what was asked."""
        return web.json_response({"path": request.raw_path}, headers={"ETag": '"1"', "Location": "/v1/x"})

    async def answer_unchanged(self, _: web.Request) -> web.StreamResponse:
        """Say that what is asked for is as the client has it."""
        return web.Response(status=304, headers={"ETag": '"1"', "Cache-Control": "no-cache"})

    async def answer_slow(self, _: web.Request) -> web.StreamResponse:
        """Say nothing until released."""
        await self.release.wait()
        return web.Response()

    async def answer_stream(self, request: web.Request) -> web.StreamResponse:
        """Send a first line at once and a second when released."""
        answer = web.StreamResponse(headers={"Content-Type": "application/x-ndjson"})
        await answer.prepare(request)
        await answer.write(b"first\n")
        await self.release.wait()
        await answer.write(b"second\n")
        return answer

    async def answer_large(self, _: web.Request) -> web.StreamResponse:
        """Send three megabytes."""
        return web.Response(body=b"x" * 3_000_000)

    async def answer_redirect(self, _: web.Request) -> web.StreamResponse:
        """Point elsewhere."""
        return web.Response(status=307, headers={"Location": "http://192.0.2.1/"})

    async def answer_break(self, request: web.Request) -> web.StreamResponse:
        """Close the connection without an answer."""
        assert request.transport is not None
        request.transport.close()
        return web.Response()

    async def answer_cookie(self, _: web.Request) -> web.StreamResponse:
        """Set a cookie and speak of hops, as no service of ours should."""
        return web.Response(
            headers={"Set-Cookie": "a=b", "Keep-Alive": "timeout=5", "X-Request-ID": "theirs"}
        )

    async def answer_missing(self, _: web.Request) -> web.StreamResponse:
        """Find nothing, as a service does with a wrong code."""
        return web.json_response(
            {"code": "reply_code_unknown"}, status=404, content_type="application/problem+json"
        )

    async def answer_refuse(self, _: web.Request) -> web.StreamResponse:
        """Refuse as a service does."""
        return web.json_response(
            {"code": "scope_missing"}, status=403, content_type="application/problem+json"
        )

    async def organisation(self, request: web.Request) -> web.StreamResponse:
        """Know one organisation, by its id and its code."""
        known = request.match_info["ref"] in (ORGANISATION, "ods:RX6")
        return web.json_response({"id": ORGANISATION} if known else {}, status=200 if known else 404)
