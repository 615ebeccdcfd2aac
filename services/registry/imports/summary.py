"""What an import found and did, for the person who started it."""

import csv
import io
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import orjson

from services.registry.imports.facts import Rejected

COUNTED = ("new", "changed", "unchanged", "rejected", "kept by hand")
COLUMNS = ("what", "file", "line", "body", "fact", "before", "after", "reason")


@dataclass(frozen=True, slots=True)
class Kept:
    """What a file says and a steward has corrected: the steward's word stays."""

    body: str
    fact: str
    says: str
    file: str
    line: int
    reason: str


@dataclass(frozen=True, slots=True)
class Changed:
    """A fact about a body before and after the import."""

    body: str
    fact: str
    before: str
    after: str


@dataclass(slots=True)
class Summary:
    """What an import found new, changed and unchanged, what it could not use, and what it left alone."""

    counts: dict[str, Counter[str]] = field(default_factory=dict)
    rejected: list[Rejected] = field(default_factory=list)
    kept: list[Kept] = field(default_factory=list)
    changed: list[Changed] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def is_without_effect(self) -> bool:
        """Whether nothing was new or changed."""
        return not any(count["new"] or count["changed"] for count in self.counts.values())

    def records(self) -> Iterator[dict[str, str | int]]:
        """What was rejected, kept by hand and changed, one after the other."""
        for row in self.rejected:
            yield {"what": "rejected", "file": row.at.file, "line": row.at.line, "reason": row.reason}
        for kept in self.kept:
            yield {
                "what": "kept by hand",
                "file": kept.file,
                "line": kept.line,
                "body": kept.body,
                "fact": kept.fact,
                "after": kept.says,
                "reason": kept.reason,
            }
        for each in self.changed:
            yield {
                "what": "changed",
                "body": each.body,
                "fact": each.fact,
                "before": each.before,
                "after": each.after,
            }

    def write(self, path: Path) -> None:
        """Write everything into a file: JSON when its name says so, otherwise CSV."""
        if path.suffix == ".json":
            parts = {part: {name: count[name] for name in COUNTED} for part, count in self.counts.items()}
            report = {"parts": parts, "notes": self.notes, "rows": list(self.records())}
            path.write_bytes(orjson.dumps(report, option=orjson.OPT_INDENT_2))
            return
        out = io.StringIO()
        writer = csv.DictWriter(out, COLUMNS, restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows(self.records())
        path.write_text(out.getvalue(), encoding="utf-8")
