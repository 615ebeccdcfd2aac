"""What an import tells of itself."""

import csv
from collections import Counter
from pathlib import Path

import orjson
import pytest

from services.registry.imports.summary import COLUMNS, Line, Summary


@pytest.fixture
def summary() -> Summary:
    """Return a summary with one of each."""
    made = Summary(counts={"bodies": Counter(new=1, rejected=1)}, notes=["One thing."])
    made.rejected.append(Line("rejected", "a.csv", 3, reason="no board ZZZ is known"))
    reason = "corrected by a steward on 2026-11-23"
    made.kept.append(Line("kept by hand", "b.csv", 5, "X (trust/X)", "name", after="Y", reason=reason))
    made.changed.append(Line("changed", body="Z (trust/Z)", fact="phone", before="1", after="2"))
    return made


def test_only_what_is_new_or_changed_has_an_effect(summary: Summary) -> None:
    assert not summary.is_without_effect
    summary.counts["bodies"] = Counter(unchanged=3, rejected=2)
    assert summary.is_without_effect


def test_a_report_is_a_table(summary: Summary, tmp_path: Path) -> None:
    summary.write(tmp_path / "report.csv")
    with (tmp_path / "report.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert tuple(rows[0]) == COLUMNS
    assert [(row["what"], row["file"], row["line"]) for row in rows] == [
        ("rejected", "a.csv", "3"),
        ("kept by hand", "b.csv", "5"),
        ("changed", "", ""),
    ]
    assert rows[0]["reason"] == "no board ZZZ is known"


def test_a_report_may_be_json(summary: Summary, tmp_path: Path) -> None:
    summary.write(tmp_path / "report.json")
    told = orjson.loads((tmp_path / "report.json").read_bytes())
    assert told["parts"]["bodies"] == {
        "new": 1,
        "changed": 0,
        "unchanged": 0,
        "rejected": 1,
        "kept by hand": 0,
    }
    assert told["notes"] == ["One thing."]
    assert told["rows"][2] == {
        "what": "changed",
        "body": "Z (trust/Z)",
        "fact": "phone",
        "before": "1",
        "after": "2",
    }


def test_a_dispute_names_both_sides() -> None:
    line = Line("disputed", "a.csv", 3, "trust/X", "name", before="Ours", after="Theirs", reason="steward")
    assert str(line) == "disputed: trust/X, name: a.csv says Theirs, steward says Ours"
    line = Line("disputed", "a.csv", 3, "trust/X", "phone", after="Theirs", reason="steward")
    assert str(line).endswith("steward says nothing")
