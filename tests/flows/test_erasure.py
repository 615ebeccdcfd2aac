"""Once somebody's words are erased, nothing of them is left: the whole stack is searched for one person.

Searched are all tables of the four databases, and every file of the stack but PostgreSQL's own: the broker's
streams, logs and settings. What PostgreSQL has deleted, it overwrites by itself.
"""

import asyncio
import json
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit
from uuid import UUID

import asyncpg
import pytest

from deploy.databases import superuser_url_within
from deploy.keys import SERVICES
from deploy.local.postgres import Postgres, postgres_of
from deploy.story.caller import Caller, JsonObject, wait_for
from deploy.story.cast import Cast, make_client_key
from deploy.story.part_one import post_signed
from shared.ids import new_id
from tests.fixtures.stack import Stack

PLANTED = {
    "name": "Quillfeatherby",
    "phone": "07700 900982",
    "NHS number": "4005677781",
    "address": "wilhelmina@quillfeatherby.example.org",
    "postcode": "NE1 4LP",
    "words": "porcupine lantern",
}
SAID = (
    "Mrs Wilhelmina Quillfeatherby saw the porcupine lantern. Ring 07700 900982 or write to "
    "wilhelmina@quillfeatherby.example.org. NHS number 400 567 7781."
)
# A postcode stands in the registry for all of England, so it is not searched for by itself.
SOUGHT = ("quillfeatherby", "porcupine lantern", "900982", "4005677781", "400 567 7781")
SCOPES = [
    *("registry:read", "feedback:read", "feedback:write", "feedback:erase", "feedback:identify"),
    *("sources:manage", "webhooks:manage"),
]
REASON = {"reason": "The person asked us in writing."}
MAPPING = {"fields": {"text": "comment", "external_id": "id", "kind": "type"}}


@pytest.fixture(scope="module")
def eraser(cast: Cast) -> Iterator[Caller]:
    """A key of the trust with every scope that it takes."""
    key = make_client_key(cast.admin, cast.ids["trust_organisation"], "complaints", "eraser", SCOPES)
    caller = Caller(cast.gateway_url, key, "eraser-1; role=head of complaints")
    yield caller
    caller.close()


def give(caller: Caller, body: JsonObject) -> tuple[JsonObject, dict[str, str]]:
    """Give feedback, and the header by which the same request gets the same answer."""
    once = {"Idempotency-Key": new_id().hex}
    return caller.ask("POST", "/v1/feedback", json=body, headers=once), once


def sent_by_hook(cast: Cast, eraser: Caller) -> tuple[JsonObject, list[str]]:
    """A source of which a payload was mapped and revised, and another waits in quarantine."""
    source = eraser.post(
        "/v1/sources",
        {
            "name": "Kiosk",
            "scheme": "standard-webhooks",
            "controller": "Demonstration Trust (invented)",
            "lawful_basis": "public_task",
            "article_9_condition": "health_or_social_care",
            "notice_version": "1",
            "retention_days": 365,
        },
    )
    payload, expected = {"comment": "Kind.", "type": "comment"}, {"text": "Kind.", "kind": "comment"}
    sample = {"synthetic": True, "payload": payload, "expected": expected}
    eraser.post(f"/v1/sources/{source['id']}/mappings", MAPPING | {"samples": [sample]})
    answer = {"comment": SAID, "id": "quillfeatherby-1", "type": "comment"}
    payloads = [answer, answer | {"comment": f"{SAID} Again."}, answer | {"type": SAID}]
    received = [post_signed(cast, source, f"m-quillfeatherby-{n}", each) for n, each in enumerate(payloads)]
    for each in received:
        wait_for("the mapping", partial(settled_payload, eraser, source, each))
    return source, received


def settled_payload(caller: Caller, source: JsonObject, received_id: str) -> JsonObject | None:
    """What became of a payload, once it is known."""
    found = caller.get(f"/v1/sources/{source['id']}/received/{received_id}")
    return found if found["state"] != "received" else None


def sent_in_file(eraser: Caller) -> str:
    """A file with the person's line, which was imported; its other line was refused and stays."""
    rows = f"What was good?,Score\n{SAID.replace(',', '')},5\nFine.,seven\n".encode()
    sent = eraser.ask("POST", "/v1/feedback-files", content=rows, headers={"Content-Type": "text/csv"})
    columns = [{"column": "A", "to": "text"}, {"column": "B", "to": "rating", "scale": "1-5"}]
    done = eraser.post(f"/v1/feedback-files/{sent['id']}/rows", {"columns": columns})
    return str(next(each["id"] for each in done["results"] if each.get("id")))


def erase(caller: Caller, feedback_id: str) -> None:
    """Erase a piece of feedback."""
    version = caller.get(f"/v1/feedback/{feedback_id}")["version"]
    erased = caller.post(f"/v1/feedback/{feedback_id}/erasure", REASON, version=version)
    assert erased["state"] == "erased"


def server_of_stack(stack: Stack) -> Postgres:
    """The stack's PostgreSQL, with the right to read all of it."""
    port = urlsplit(stack.settings["FEEDBACK_DATABASE_URL"]).port
    assert port is not None
    return postgres_of(stack.home, port)


def superuser_url(stack: Stack, service: str) -> str:
    """The superuser's address of a service's database."""
    name = urlsplit(stack.settings[f"{service.upper()}_DATABASE_URL"]).path.strip("/")
    return superuser_url_within(server_of_stack(stack).url, name)


async def found_in_databases(stack: Stack) -> set[str]:
    """The tables in which something of the person stands, as text or as the bytes of it."""
    needles = [f"%{each}%" for each in SOUGHT] + [f"%{each.encode().hex()}%" for each in SOUGHT]
    found = set()
    for service in SERVICES:
        connection = await asyncpg.connect(superuser_url(stack, service))
        tables = await connection.fetch(
            "SELECT format('%I.%I', schemaname, tablename) FROM pg_tables "
            "WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"
        )
        for (table,) in tables:
            holds = f"SELECT EXISTS (SELECT FROM {table} t WHERE t::text ILIKE ANY($1))"  # noqa: S608 -- quoted by format()
            if await connection.fetchval(holds, needles):
                found.add(f"{service} {table}")
        await connection.close()
    return found


def found_in_files(folder: Path, without: Path) -> set[str]:
    """The files of a stack in which something of the person stands."""
    needles = [each.encode() for each in SOUGHT]
    files = (path for path in folder.rglob("*") if path.is_file() and without not in path.parents)
    return {str(path) for path in files if any(each in path.read_bytes().lower() for each in needles)}


async def sealed_of(stack: Stack, feedback_ids: list[str], received_ids: list[str]) -> dict[str, int]:
    """What is left of the person that is sealed, and that nobody can search."""
    connection = await asyncpg.connect(superuser_url(stack, "feedback"))
    ids, received = [UUID(each) for each in feedback_ids], [UUID(each) for each in received_ids]
    left = {
        "contributors": await connection.fetchval(
            "SELECT count(*) FROM contributors.contributor WHERE feedback_id = ANY($1)", ids
        ),
        "bytes": await connection.fetchval(
            "SELECT count(*) FROM source_raw_body WHERE received_id = ANY($1)", received
        ),
        "values": await connection.fetchval(
            "SELECT count(*) FROM source_quarantined WHERE received_id = ANY($1)", received
        ),
    }
    await connection.close()
    return left


def sent_by_app(cast: Cast, endpoint: JsonObject) -> tuple[JsonObject, JsonObject, dict[str, str]]:
    """What the person said through an app: revised, published, in a loop, and told to an endpoint."""
    trust = cast.ids["trust_organisation"]
    said: JsonObject = {
        "kind": "comment",
        "text": SAID,
        "answers": [{"question": "What else?", "text": SAID}],
        "organisations": [trust],
        "postcode": PLANTED["postcode"],
        "external_id": "quillfeatherby-app-1",
        "permissions": {"publish": "yes", "contact": "yes"},
        "contributor": {"channel": "email", "address": PLANTED["address"]},
        "demographics": {"sex": "female"},
    }
    first, once = give(cast.partner, said)
    give(cast.partner, said | {"text": f"{SAID} And again."})
    version = cast.trust.get(f"/v1/feedback/{first['id']}")["version"]
    cast.trust.post(f"/v1/feedback/{first['id']}/moderation", {"action": "publish"}, version=version)
    draft = {"title": "Light", "you_said": "The light is poor.", "feedback_ids": [first["id"]]}
    cast.trust.post("/v1/loops", draft | {"organisation": trust})
    find = partial(cast.trust.get, "/v1/webhooks/deliveries", endpoint=endpoint["id"])
    wait_for("a delivery", lambda: find()["items"])
    return first, said, once


def test_nothing_is_left_of_a_person_whose_words_are_erased(stack: Stack, cast: Cast, eraser: Caller) -> None:
    endpoint = cast.trust.post("/v1/webhooks/endpoints", {"url": None})
    first, said, once = sent_by_app(cast, endpoint)
    source, received = sent_by_hook(cast, eraser)
    states = [settled_payload(eraser, source, each) or {} for each in received]
    assert [each["state"] for each in states] == ["mapped", "mapped", "quarantined"]
    by_hook, in_file = states[0]["feedback"][0]["feedback_id"], sent_in_file(eraser)
    data = server_of_stack(stack).place.data
    before = asyncio.run(found_in_databases(stack))
    assert {f"feedback public.{each}" for each in ("feedback", "revision", "source_received")} <= before
    # Words stand in no other service, log, stream or file even while they are there.
    assert {each for each in before if not each.startswith("feedback ")} == set()
    assert found_in_files(stack.home.path, data) == set()

    erase(cast.partner, first["id"])
    for each in (by_hook, in_file):
        erase(eraser, each)
    asyncio.run(stack.settled())
    assert asyncio.run(found_in_databases(stack)) == set()
    assert found_in_files(stack.home.path, data) == set()
    left = asyncio.run(sealed_of(stack, [first["id"], by_hook, in_file], received))
    assert left == {"contributors": 0, "bytes": 0, "values": 0}
    repeated = cast.partner.send("POST", "/v1/feedback", json=said, headers=once).text
    deliveries = json.dumps(cast.trust.get("/v1/webhooks/deliveries", endpoint=endpoint["id"]))
    assert not [each for each in SOUGHT if each in (repeated + deliveries).lower()]
