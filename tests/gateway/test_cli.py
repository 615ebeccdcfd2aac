import asyncio
import json
import re
from collections.abc import Awaitable, Callable

import pytest
from typer.testing import CliRunner

from services.gateway.cli import app
from services.gateway.settings import Settings
from shared.ids import new_id
from tests.gateway.gateways import Gateways, eventually
from tests.gateway.upstreams import ORGANISATION

NEEDED = [name for name, field in Settings.model_fields.items() if field.is_required()]
BY = ("--by", "jd-17")
NEW = ("create", "--team", "digital", "--name", "An app", "--scope", "feedback:write", *BY)

Result = tuple[int, str, str]
Command = Callable[..., Awaitable[Result]]


@pytest.fixture
def command(gateways: Gateways, monkeypatch: pytest.MonkeyPatch) -> Command:
    """A function that runs `doorway client …`, in a thread with a loop of its own."""
    settings = gateways.settings()
    for name in NEEDED:
        monkeypatch.setenv(f"GATEWAY_{name.upper()}", getattr(settings, name))

    async def run(*arguments: str) -> Result:
        done = await asyncio.to_thread(CliRunner().invoke, app, arguments)
        return done.exit_code, done.stdout, done.stderr

    return run


async def test_a_client_is_made_for_an_organisation_that_the_registry_knows(
    gateways: Gateways, command: Command
) -> None:
    code, key, said = await command(*NEW, "--organisation", "ods:RX6")
    assert code == 0
    assert re.fullmatch(r"dw_[0-9a-f]{32}_[0-9a-f]{48}\n", key)
    assert said.startswith("client ")
    gateway = await gateways.start()
    me = (await gateway.get("/v1/whoami", headers={"Authorization": f"Bearer {key.strip()}"})).json()
    assert (me["organisation_id"], me["scopes"]) == (ORGANISATION, ["feedback:write"])


async def test_the_operators_own_client_is_made_at_the_shell(gateways: Gateways, command: Command) -> None:
    _, key, _ = await command(*NEW, "--scope", "operator", "--organisation-id", str(new_id()))
    gateway = await gateways.start()
    me = (await gateway.get("/v1/whoami", headers={"Authorization": f"Bearer {key.strip()}"})).json()
    assert me["scopes"] == ["feedback:write", "operator"]


async def test_a_client_is_made_without_the_registry_for_an_id(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GATEWAY_REGISTRY_URL", "http://127.0.0.1:1")
    assert (await command(*NEW, "--organisation-id", str(new_id())))[0] == 0


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (("--organisation", "ods:NONE"), 1, "no such organisation"),
        (("--organisation", "RX6"), 2, "organisation"),
        (("--organisation", "ods:RX6", "--scope", "all"), 2, "unknown scope: all"),
        ((), 2, "either"),
        (("--organisation", "ods:RX6", "--by", "doorway"), 2, "a person"),
        (("--organisation", "ods:RX6", "--by", "Jo Smith <jo@example.org>"), 2, "pseudonym"),
        (("--organisation", "ods:RX6", "--by", "jd-17; role=moderator"), 2, "pseudonym"),
        (("--organisation", "ods:RX6", "--organisation-id", ORGANISATION), 2, "either"),
    ],
)
async def test_what_is_wrong_is_said(
    command: Command, arguments: tuple[str, ...], status: int, words: str
) -> None:
    code, key, said = await command(*NEW, *arguments)
    assert (code, key) == (status, "")
    assert words in said


async def test_clients_are_listed_and_keys_ended(gateways: Gateways, command: Command) -> None:
    gateway, partner = await gateways.start(keys_checked_seconds=30), await gateways.partner()
    assert (await gateway.get("/v1/whoami", headers=partner.headers)).status_code == 200
    listed = (await command("list"))[1]
    assert all(str(each) in listed for each in (partner.id, partner.key_id))
    [client] = [
        each for each in json.loads((await command("list", "--json"))[1]) if each["client"] == str(partner.id)
    ]
    assert client["live_keys"] == [str(partner.key_id)]
    assert (await command("revoke", str(partner.id), str(partner.key_id), *BY))[:2] == (0, "revoked\n")

    async def is_refused() -> bool:
        return (await gateway.get("/v1/whoami", headers=partner.headers)).status_code == 401

    await eventually(is_refused)


async def test_a_key_that_is_not_there_cannot_be_ended(command: Command) -> None:
    code, _, said = await command("revoke", str(new_id()), str(new_id()), *BY)
    assert code == 1
    assert "nothing here" in said


async def test_the_audit_names_who_made_and_revoked_a_key_at_the_shell(
    gateways: Gateways, command: Command
) -> None:
    gateway, admin = await gateways.start(), await gateways.partner("clients:admin")
    for words in (NEW[:-2], ("revoke", str(admin.id), str(admin.key_id))):
        assert (await command(*words, *(() if words[0] == "revoke" else ("--organisation", "ods:RX6"))))[
            0
        ] == 2
    assert (await command(*NEW, "--organisation", "ods:RX6"))[0] == 0
    other = await gateways.partner()
    assert (await command("revoke", str(other.id), str(other.key_id), *BY))[0] == 0
    rows = (await gateway.get("/v1/audit?limit=5", headers=admin.headers)).json()["items"]
    found = {each["action"]: each for each in rows if each["actor"] == "jd-17"}
    assert found.keys() == {"client_made", "key_revoked"}
    assert {(each["actor_role"], each["client_id"]) for each in found.values()} == {("operator", None)}
