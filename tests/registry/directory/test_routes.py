"""The directory in a file, over HTTP."""

import asyncio
import csv
import io
from typing import Any

import pytest
from sqlalchemy.pool import QueuePool

from services.registry.directory import domain
from services.registry.directory.spreadsheet import COLUMNS
from tests.fixtures.clients import ServiceClient
from tests.registry.conftest import statements

IN_2019 = "2019-06-01"


def rows(text: str) -> list[dict[str, str]]:
    """Return the rows of a file."""
    return list(csv.DictReader(io.StringIO(text, newline=""), strict=True))


async def directory(registry: ServiceClient, **query: Any) -> list[dict[str, str]]:
    """Return the rows of a directory."""
    answer = await registry.get("/v1/directory.csv", params=query)
    assert answer.status_code == 200, answer.text
    return rows(answer.text)


async def test_every_footprint_of_the_day_has_its_rows(registry: ServiceClient) -> None:
    answer = await registry.get("/v1/directory.csv", params={"as_of": "2026-04-01"})
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8; header=present"
    name = "doorway-directory-2026-04-01.csv"
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{name}"'
    assert answer.text.split("\r\n", 1)[0].split(",") == list(COLUMNS)
    found = rows(answer.text)
    listed = (await registry.get("/v1/footprints?as_of=2026-04-01&limit=200")).json()["items"]
    assert {row["id"] for row in found} == {each["id"] for each in listed}
    assert {row["edition"] for row in found} == {"ICB2026"}


async def test_the_doors_are_those_of_the_day(registry: ServiceClient) -> None:
    found = await directory(registry, as_of=IN_2019)
    assert len([row for row in found if row["channel"]]) > 10
    one = next(row for row in found if row["channel"])
    told = (await registry.get(f"/v1/footprints/{one['id']}", params={"as_of": IN_2019})).json()
    assert len([row for row in found if row["id"] == one["id"]]) == len(told["contacts"])
    door = told["contacts"][0]
    assert (one["contact_id"], one["value"], one["source"]) == (door["id"], door["value"], door["source"])
    assert (one["freshness"], one["known_on"]) == (door["freshness"], door["known_on"])
    leaders = "; ".join(each["holder"] or each["as_published"] or "" for each in told["leaders"])
    assert one["leader"] == leaders


async def test_organisations_are_listed_by_kind_and_footprint(registry: ServiceClient) -> None:
    trusts = await directory(registry, type="nhs_trust", footprint="ods:QHM")
    assert {row["kind"] for row in trusts} == {"nhs_trust"}
    ambulance = [row for row in trusts if row["ods"] == "RX6"]
    assert {(row["footprint_ods"], row["channel"]) for row in ambulance} == {
        ("QHM", "post"),
        ("QHM", "phone"),
    }
    several = await directory(registry, type=["nhs_trust", "local_authority"])
    assert {row["kind"] for row in several} == {"nhs_trust", "local_authority"}
    (own,) = await directory(registry, footprint="ods:QHM", as_of="2026-04-01")
    assert own["ods"] == "QHM"
    assert [row["ods"] for row in await directory(registry, type="icb", footprint="ods:QHM")] == ["QHM"]


async def test_what_belongs_to_no_footprint_names_none(registry: ServiceClient) -> None:
    regions = await directory(registry, type="nhs_region")
    assert regions
    assert {(row["footprint_id"], row["footprint"]) for row in regions} == {("", "")}


async def test_a_footprint_that_closed_is_listed_when_it_is_named(registry: ServiceClient) -> None:
    found = await directory(registry, footprint="ods:QVP", as_of=IN_2019)
    assert {(row["ods"], row["valid_to"]) for row in found} == {("QVP", "2018-06-07")}


async def test_cards_are_of_the_same_bodies(registry: ServiceClient) -> None:
    answer = await registry.get("/v1/directory.vcf", params={"as_of": IN_2019})
    assert answer.headers["Content-Type"] == "text/vcard; charset=utf-8"
    assert 'filename="doorway-directory-2019-06-01.vcf"' in answer.headers["Content-Disposition"]
    ids = {row["id"] for row in await directory(registry, as_of=IN_2019)}
    assert answer.text.count("BEGIN:VCARD\r\n") == answer.text.count("END:VCARD\r\n") == len(ids) == 42
    assert all(f"UID:urn:uuid:{each}\r\n" in answer.text for each in ids)


@pytest.mark.parametrize("path", ["/v1/directory.csv", "/v1/directory.vcf"])
async def test_a_directory_that_has_not_changed_is_not_sent_again(registry: ServiceClient, path: str) -> None:
    first = await registry.get(path)
    tag = first.headers["ETag"]
    with statements(registry) as sent:
        again = await registry.get(path, headers={"If-None-Match": f"W/{tag}"})
    assert (again.status_code, again.content, again.headers["ETag"]) == (304, b"", tag)
    assert (again.headers["Cache-Control"], again.headers["Vary"]) == ("no-cache", "Authorization")
    assert len(sent) == 1
    other_day = await registry.get(path, params={"as_of": IN_2019}, headers={"If-None-Match": tag})
    assert other_day.status_code == 200


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ("type=bank", "/query/type/0"),
        ("footprint=ods:ZZZZ", "/query/footprint"),
        ("footprint=QHM", "/query/footprint"),
        ("as_of=yesterday", "/query/as_of"),
    ],
)
async def test_bad_queries_are_422_naming_the_field(
    registry: ServiceClient, query: str, pointer: str
) -> None:
    for path in ("/v1/directory.csv", "/v1/directory.vcf"):
        answer = await registry.get(f"{path}?{query}")
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, pointer)


class Reader:
    """Reads an answer piece by piece, as a server hands it on."""

    def __init__(self, registry: ServiceClient, leaves_after: int = 0) -> None:
        self.registry, self.leaves_after = registry, leaves_after
        self.pieces: list[tuple[bytes, int]] = []
        self.left = asyncio.Event()

    async def read(self, path: str, query: str) -> None:
        """Ask for a file and note how many statements had been sent before each piece."""
        token = self.registry.headers["Authorization"].encode()
        scope = {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "http_version": "1.1",
            "method": "GET",
            "path": path,
            "raw_path": path.encode(),
            "query_string": query.encode(),
            "headers": [(b"authorization", token)],
            "scheme": "http",
            "client": None,
            "server": None,
            "root_path": "",
            "state": {},
        }
        asked = iter([{"type": "http.request", "body": b"", "more_body": False}])

        async def receive() -> dict[str, Any]:
            if (first := next(asked, None)) is not None:
                return first
            await self.left.wait()
            return {"type": "http.disconnect"}

        with statements(self.registry) as sent:

            async def send(message: Any) -> None:
                if message["type"] == "http.response.body":
                    self.pieces.append((message["body"], len(sent)))
                    if len(self.pieces) == self.leaves_after:
                        self.left.set()
                        await asyncio.sleep(0.05)

            await self.registry.served(scope, receive, send)
            self.sent = len(sent)


async def test_the_first_lines_come_before_the_last_are_read(
    registry: ServiceClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(domain, "PIECE", 50)
    reader = Reader(registry)
    await reader.read("/v1/directory.csv", "type=nhs_trust&type=local_authority")
    header, first, *rest = reader.pieces
    assert header[0].startswith(b"id,kind,name")
    assert header[1] == 1  # the place that the feed has come to
    assert first[1] == 1 + 5
    read = [piece for piece in rest if piece[0]]
    assert len(read) >= 5
    # Five statements for each piece, however many rows it has.
    assert reader.sent == 1 + 5 * (1 + len(read))
    assert [before for _, before in read] == [6 + 5 * (place + 1) for place in range(len(read))]
    whole = b"".join(body for body, _ in reader.pieces).decode()
    ids = [row["id"] for row in rows(whole)]
    assert ids == sorted(ids)
    assert len(set(ids)) > 300


async def test_who_leaves_ends_the_reading_and_holds_no_connection(
    registry: ServiceClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(domain, "PIECE", 20)
    reader = Reader(registry, leaves_after=2)
    await reader.read("/v1/directory.csv", "type=nhs_trust&type=local_authority")
    assert reader.sent <= 1 + 5 * 2
    pool = registry.state.engine.pool
    assert isinstance(pool, QueuePool)
    assert pool.checkedout() == 0
