"""Documents are written, or compared with what the code makes."""

from pathlib import Path

import pytest
import typer

from deploy.commands import documents
from deploy.documents import Generated


@pytest.fixture
def page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Generated:
    """A page that is not written yet."""
    monkeypatch.setattr(documents, "CHECKOUT", tmp_path)
    return Generated(tmp_path / "page.md", lambda: "what the code makes")


def test_a_document_that_is_not_up_to_date_is_named_and_not_touched(
    page: Generated, capsys: pytest.CaptureFixture[str]
) -> None:
    page.path.write_text("old")
    with pytest.raises(typer.Exit) as ended:
        documents.write_or_check(page, check=True)
    assert ended.value.exit_code == 1
    assert "page.md is not up to date. Run: make docs" in capsys.readouterr().out
    assert page.path.read_text() == "old"


def test_a_document_that_was_written_is_up_to_date(page: Generated) -> None:
    documents.write_or_check(page, check=False)
    documents.write_or_check(page, check=True)
    assert page.path.read_text() == "what the code makes"


def test_services_are_chosen_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOOP_DATABASE_URL", "postgresql://there")
    assert documents.choose_services("loop") == ("loop",)
    with pytest.raises(typer.BadParameter, match="feedback, gateway, loop, registry"):
        documents.choose_services("nothing")
    monkeypatch.delenv("LOOP_DATABASE_URL")
    with pytest.raises(typer.BadParameter, match="the stack is down"):
        documents.choose_services("loop")
