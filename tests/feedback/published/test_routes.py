"""Published counts: loaded from a workbook, and read by everybody."""

import asyncio
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from services.feedback import cli
from services.feedback.published import commands
from services.feedback.settings import Settings
from tests.feedback.examples import a_footprint, a_trust, tell
from tests.feedback.published.samples import STARS, a_published_workbook, counts
from tests.fixtures.clients import ServiceClient

Load = Callable[[bytes], Any]


@pytest.fixture
def load(settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Load:
    """A function that loads a workbook by the command, in a thread as the loop here is taken."""
    monkeypatch.setattr(commands, "Settings", lambda: settings)

    async def load_workbook(content: bytes) -> Result:
        path = tmp_path / "FFT-inpatient-data-Jul-25.xlsm"
        path.write_bytes(content)
        return await asyncio.to_thread(CliRunner().invoke, cli.app, ["import-counts", str(path)])

    return load_workbook


async def test_a_workbook_is_loaded_once_and_a_later_one_replaces_it(
    service: ServiceClient, load: Load
) -> None:
    trust, other, board = a_trust(), a_trust(), a_footprint(valid_from=date(2022, 7, 1))
    await tell(service, trust, other, board)
    rows = [
        [board.ods, trust.ods, "A TRUST", *counts(60, 20, 5, 5, 5, 5), *[10] * 8],
        [board.ods, other.ods, "ANOTHER TRUST", *STARS, *["*"] * 8],
        ["IS1", "UNKNOWN9", "A PRIVATE HOSPITAL", *counts(9, 1, 0, 0, 0, 0), *[1] * 8],
        [board.ods, "BAD9", "A BAD ROW", 7, *counts(9, 1, 0, 0, 0, 0)[1:], *[1] * 8],
    ]
    content = a_published_workbook("inpatient", {"Trusts": rows})
    first = await load(content)
    assert first.exit_code == 0, first.output
    assert "1 of them withheld; 1 left out." in " ".join(first.output.split())
    assert "UNKNOWN9" in first.output
    assert "Trusts, line 18" in first.output
    again = await load(content)
    edition = again.output.split("edition ")[1].split(":")[0]
    assert f"edition {edition}:" in first.output

    about = {"organisation": f"ods:{trust.ods}"}
    (count,) = (await service.get("/v1/published-counts", params=about)).json()["items"]
    assert (count["month"], count["level"], count["service"]) == ("2025-07", "trust", "inpatient")
    assert count["organisation_id"] == str(trust.organisation_id)
    assert count["footprint_id"] == str(board.footprint_id)
    assert count["figures"]["positive"] == 0.8
    (withheld,) = (
        await service.get("/v1/published-counts", params={"organisation": f"ods:{other.ods}"})
    ).json()["items"]
    assert set(withheld["figures"].values()) == {"withheld"}

    rows[0] = [board.ods, trust.ods, "A TRUST", *counts(70, 20, 5, 5, 5, 5), *[10] * 8]
    assert (await load(a_published_workbook("inpatient", {"Trusts": rows}))).exit_code == 0
    (later,) = (await service.get("/v1/published-counts", params=about)).json()["items"]
    assert later["edition"] == int(edition) + 1
    assert later["figures"]["very_good"] == 70


async def test_counts_are_found_by_place_month_level_and_page(service: ServiceClient, load: Load) -> None:
    trust, board = a_trust(), a_footprint()
    await tell(service, trust, board)
    rows = {
        "ICB": [[board.ods, "A BOARD", *counts(60, 20, 5, 5, 5, 5)]],
        "Trusts": [[board.ods, trust.ods, "A TRUST", *counts(60, 20, 5, 5, 5, 5), *[5] * 7]],
    }
    assert (await load(a_published_workbook("a_and_e", rows))).exit_code == 0

    async def names(**query: str) -> list[str]:
        given = {"footprint": f"ods:{board.ods}"} | query
        answer = await service.get("/v1/published-counts", params=given)
        assert answer.status_code == 200, answer.text
        return [each["name"] for each in answer.json()["items"]]

    assert sorted(await names()) == ["A BOARD", "A TRUST"]
    assert await names(level="icb", service="a_and_e") == ["A BOARD"]
    assert await names(service="inpatient") == []
    assert len(await names(**{"from": "2025-07", "to": "2025-07"})) == 2
    assert await names(**{"from": "2025-08"}) == []
    assert await names(to="2025-06") == []
    page = (
        await service.get("/v1/published-counts", params={"footprint": f"ods:{board.ods}", "limit": 1})
    ).json()
    following = (await service.get(page["next"])).json()
    assert {page["items"][0]["name"], following["items"][0]["name"]} == {"A BOARD", "A TRUST"}


async def test_what_is_not_known_is_refused_and_what_is_unchanged_says_so(service: ServiceClient) -> None:
    unknown = await service.get("/v1/published-counts", params={"organisation": "ods:NOBODY9"})
    assert (unknown.status_code, unknown.json()["code"]) == (422, "code_unknown")
    assert (await service.get("/v1/published-counts", params={"from": "July"})).status_code == 422
    answer = await service.get("/v1/published-counts", params={"level": "site"})
    known = {"If-None-Match": answer.headers["ETag"]}
    same = await service.get("/v1/published-counts", params={"level": "site"}, headers=known)
    assert same.status_code == 304


async def test_another_file_is_refused_by_the_command(load: Load) -> None:
    refused = await load(b"A,B\n1,2\n")
    assert refused.exit_code == 1
    assert "Nothing was loaded" in refused.output
