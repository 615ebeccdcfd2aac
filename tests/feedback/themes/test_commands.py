"""`doorway feedback train` where its packages are missing, as in every service."""

import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from services.feedback.cli import app


def test_it_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "numpy", None)
    result = CliRunner().invoke(app, ["train", "--into", str(tmp_path)])
    assert result.exit_code == 1
    assert "numpy is missing: install requirements/train.txt" in result.output
    assert list(tmp_path.iterdir()) == []
