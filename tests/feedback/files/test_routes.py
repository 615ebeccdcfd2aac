"""Files through the API: sent, looked at, turned into feedback line by line, and gone."""

from functools import partial
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from services.feedback.files import domain, views
from services.feedback.files.tasks import delete_ended_files
from shared.ids import new_id
from tests.feedback.examples import ClientOf
from tests.feedback.files.books import a_csv, a_workbook
from tests.fixtures.clients import ServiceClient

LINES = (
    "Date,Overall experience,Comment",
    "03/04/2026,Very good,Kind and quick. Ring me on 07700 900123",
    "soon,Poor,Slow",
    "04/04/2026,,N/A",
    "05/04/2026,4,Fine",
)
COLUMNS = [
    {"column": "A", "to": "experienced_on"},
    {"column": "B", "to": "rating", "scale": "fft"},
    {"column": "c", "to": "answer"},
]


async def send(client: ServiceClient, content: bytes, **headers: str) -> Any:
    """Send a file."""
    return await client.post(
        "/v1/feedback-files", content=content, headers={"Content-Type": "text/csv", **headers}
    )


async def import_rows(client: ServiceClient, file_id: str, **asked: Any) -> Any:
    """Have the next rows of a file imported."""
    answer = await client.post(f"/v1/feedback-files/{file_id}/rows", json={"columns": COLUMNS} | asked)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_a_file_is_looked_at_checked_and_stored_line_by_line(
    trust: ServiceClient, trust_id: UUID
) -> None:
    answer = await send(trust, a_csv(*LINES))
    assert answer.status_code == 201, answer.text
    file = answer.json()
    assert answer.headers["Location"] == f"/v1/feedback-files/{file['id']}"
    (sheet,) = file["sheets"]
    assert [(each["column"], each["heading"]) for each in sheet["columns"]][1] == ("B", "Overall experience")
    assert [each["to"] for each in sheet["proposed"]] == ["experienced_on", "rating", "answer"]
    assert sheet["preview"][0]["line"] == 2
    assert "07700 900123" in sheet["preview"][0]["cells"][2]

    checked = await import_rows(trust, file["id"], dry_run=True)
    assert (checked["accepted"], checked["rejected"], checked["stored"]) == (2, 2, 0)

    done = await import_rows(trust, file["id"])
    assert [(each["line"], each["error"], each["column"]) for each in done["results"]] == [
        (2, None, None),
        (3, "invalid", "A"),
        (4, "invalid", None),
        (5, None, None),
    ]
    assert done["is_done"]
    first = done["results"][0]
    assert first["reply_code"]
    assert first["outcome"] == "new"
    shown = (await trust.get(f"/v1/feedback/{first['id']}")).json()
    assert shown["experienced_on"] == "2026-04-03"
    assert shown["rating"] == {"value": 1.0, "scale": "fft"}
    assert shown["answers"][0]["question"] == "Comment"
    assert shown["organisation_ids"] == [str(trust_id)]

    left = (await trust.get(f"/v1/feedback-files/{file['id']}")).json()["sheets"][0]
    assert [row["line"] for row in left["preview"]] == [3, 4]
    assert left["stored"] == 2


async def test_a_corrected_mapping_goes_through_what_is_left_and_doubles_nothing(
    trust: ServiceClient,
) -> None:
    file = (await send(trust, a_csv(*LINES))).json()
    await import_rows(trust, file["id"])
    again = await import_rows(trust, file["id"])
    assert (again["results"], again["is_done"]) == ([], True)
    other = await import_rows(trust, file["id"], columns=[{"column": "C", "to": "text"}])
    assert [(each["line"], each["outcome"]) for each in other["results"]] == [(3, "new"), (4, None)]
    # The same file sent once more, after the first was deleted, finds what is stored.
    assert (await trust.delete(f"/v1/feedback-files/{file['id']}")).status_code == 204
    second = (await send(trust, a_csv(*LINES))).json()
    assert second["id"] != file["id"]
    repeated = await import_rows(trust, second["id"])
    assert [each["outcome"] for each in repeated["results"] if not each["error"]] == ["repeat", "repeat"]


async def test_an_import_that_broke_off_goes_on_where_it_was(
    trust: ServiceClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(domain, "PIECE_ROWS", 2)
    lines = ("Comment,Date", *(f"Fine {number},2026" for number in range(5)))
    columns = [{"column": "A", "to": "text"}]
    file = (await send(trust, a_csv(*lines))).json()
    first = await import_rows(trust, file["id"], columns=columns)
    assert (first["done_to_line"], first["is_done"]) == (3, False)
    same = (await send(trust, a_csv(*lines))).json()
    assert same["id"] == file["id"]
    assert same["sheets"][0]["done_to_line"] == 3
    second = await import_rows(trust, file["id"], columns=columns)
    third = await import_rows(trust, file["id"], columns=columns)
    assert [each["line"] for each in second["results"] + third["results"]] == [4, 5, 6]
    assert (third["stored"], third["is_done"]) == (5, True)


async def test_a_workbook_comes_in_the_same_way_and_as_a_form(trust: ServiceClient) -> None:
    rows = [["Ward", "How was it?"], ["A1", "Good"], ["A2", "Bad"]]
    answer = await trust.post(
        "/v1/feedback-files", files={"file": ("a.xlsx", a_workbook(rows), "application/octet-stream")}
    )
    assert answer.status_code == 201, answer.text
    sheet = answer.json()["sheets"][0]
    assert sheet["proposed"][1]["to"] == "answer"
    done = await import_rows(trust, answer.json()["id"], columns=sheet["proposed"], sheet="Answers")
    assert done["accepted"] == 2


async def test_only_its_sender_and_its_organisation_find_a_file(
    client_of: ClientOf, trust_id: UUID, partner: ServiceClient
) -> None:
    sender, colleague = client_of(trust_id), client_of(trust_id)
    file_id = (await send(sender, a_csv(*LINES))).json()["id"]
    address = f"/v1/feedback-files/{file_id}"
    seen = (await colleague.get(address)).json()
    assert seen["masked"]
    assert "07700 900123" not in str(seen)
    refused = await colleague.post(f"{address}/rows", json={"columns": COLUMNS})
    assert (refused.status_code, refused.json()["code"]) == (403, "file_not_yours")
    for request in (
        partner.get(address),
        partner.delete(address),
        partner.post(f"{address}/rows", json={"columns": COLUMNS}),
    ):
        answer = await request
        assert (answer.status_code, answer.json()["code"]) == (404, "file_unknown")
    # The same bytes from another are another file.
    assert (await send(partner, a_csv(*LINES))).json()["id"] != file_id


async def test_a_preview_shows_beginnings_and_covers_what_is_cut_in_the_middle(
    client_of: ClientOf, trust_id: UUID
) -> None:
    sender, colleague = client_of(trust_id), client_of(trust_id)
    before = views.CELL_CHARS - 7
    lines = ["Comment,Other", f"{'x' * (before - 1)} 07700 900123 {'y' * 500},Short"]
    address = f"/v1/feedback-files/{(await send(sender, a_csv(*lines))).json()['id']}"
    for client, end in ((sender, "07700 9"), (colleague, "[phone ")):
        long, short = (await client.get(address)).json()["sheets"][0]["preview"][0]["cells"]
        assert (long[before:], short) == (f"{end}…", "Short")
    # What is mostly masks is short once it is masked: then nothing of the cut end is shown.
    numbers = "07700 900123, " * 40
    sent = await send(sender, a_csv("A,B", f'"{numbers}",x'))
    address = f"/v1/feedback-files/{sent.json()['id']}"
    assert "0" not in (await colleague.get(address)).json()["sheets"][0]["preview"][0]["cells"][0]


async def test_a_preview_shows_no_more_than_takes_a_moment_to_mask(
    client_of: ClientOf, trust_id: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(views, "Preview", partial(views.Preview, chars=20))
    colleague = client_of(trust_id)
    file_id = (await send(client_of(trust_id), a_csv("A,B", "one two,three", "four,five", "six,7"))).json()[
        "id"
    ]
    rows = (await colleague.get(f"/v1/feedback-files/{file_id}")).json()["sheets"][0]["preview"]
    assert [row["cells"] for row in rows] == [["one two", "three"], ["four", "…"], ["…", "…"]]


async def test_a_repeat_of_sending_shows_no_words_that_became_feedback(trust: ServiceClient) -> None:
    content, key = a_csv("Comment", "I am Zebedee Quillfeather"), {"Idempotency-Key": new_id().hex}
    first = await send(trust, content, **key)
    again = await send(trust, content, **key)
    assert again.json() == first.json()
    done = await import_rows(trust, first.json()["id"], columns=[{"column": "A", "to": "text"}])
    assert done["stored"] == 1
    erased = await send(trust, content, **key)
    assert (erased.status_code, erased.json()["code"]) == (410, "answer_erased")


async def test_what_is_no_file_is_refused(trust: ServiceClient) -> None:
    for content in (b"", b'A,B\n"open'):
        answer = await send(trust, content)
        assert (answer.status_code, answer.json()["code"]) == (422, "file_not_read")
    for form in ({"other": "x"}, {"file": "no file name"}):
        answer = await trust.post("/v1/feedback-files", data=form, files={"x": b"y"})
        assert answer.json()["code"] == "file_not_read"
    broken = await send(trust, b"--x\r\n", **{"Content-Type": "multipart/form-data"})
    assert broken.json()["code"] == "file_not_read"


async def test_a_sheet_that_is_not_there_is_named(trust: ServiceClient) -> None:
    file = (await send(trust, a_csv(*LINES))).json()
    asked = {"columns": COLUMNS, "sheet": "Other"}
    answer = await trust.post(f"/v1/feedback-files/{file['id']}/rows", json=asked)
    assert (answer.status_code, answer.json()["code"]) == (422, "sheet_unknown")


async def test_a_body_that_is_not_known_is_an_error_of_its_column(trust: ServiceClient) -> None:
    file = (await send(trust, a_csv("Trust code,Comment", "ZZZZZZ,Good"))).json()
    columns = file["sheets"][0]["proposed"]
    for dry_run in (True, False):
        (told,) = (await import_rows(trust, file["id"], columns=columns, dry_run=dry_run))["results"]
        assert (told["line"], told["error"], told["column"]) == (2, "code_unknown", "A")


async def test_a_client_keeps_only_so_many_files(
    trust: ServiceClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(domain, "FILES_MAX", 1)
    assert (await send(trust, a_csv("A", "x"))).status_code == 201
    refused = await send(trust, a_csv("A", "y"))
    assert (refused.status_code, refused.json()["code"]) == (409, "too_many_files")


async def test_a_file_goes_after_its_last_day_and_is_sealed_until_then(
    trust: ServiceClient, feedback_db: str
) -> None:
    file_id = (await send(trust, a_csv("Name,Comment", "Zebedee Quillfeather,Good"))).json()["id"]
    connection = await asyncpg.connect(feedback_db)
    try:
        for table in ("sent_file", "sent_piece"):
            kept = await connection.fetch(f"SELECT sealed FROM {table}")  # noqa: S608 -- names of ours
            assert kept
            assert not any(b"Quillfeather" in row["sealed"] for row in kept)
        await connection.execute(
            "UPDATE sent_file SET delete_at = now() - interval '1 second' WHERE id = $1", UUID(file_id)
        )
    finally:
        await connection.close()
    assert (await trust.get(f"/v1/feedback-files/{file_id}")).status_code == 404
    async with trust.state.sessions.begin() as session:
        assert await delete_ended_files(session) >= 1
    connection = await asyncpg.connect(feedback_db)
    try:
        assert not await connection.fetch("SELECT 1 FROM sent_piece WHERE file_id = $1", UUID(file_id))
    finally:
        await connection.close()


async def test_a_file_without_a_key_is_refused(service: ServiceClient) -> None:
    assert (await service.get(f"/v1/feedback-files/{new_id()}")).status_code == 401
