"""What an import found and did, for the person who started it."""

import csv
import io
from collections import Counter
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path

import orjson

COUNTED = ("new", "changed", "unchanged", "rejected", "kept by hand")


@dataclass(frozen=True, slots=True)
class Line:
    """A row that was rejected or overruled, a steward's word that was kept, or a fact that changed."""

    what: str
    file: str | None = None
    line: int | None = None
    body: str | None = None
    fact: str | None = None
    before: str | None = None
    # Of what was kept by hand: what the file says.
    after: str | None = None
    reason: str | None = None

    def __str__(self) -> str:
        if self.what == "rejected":
            return f"rejected: {self.file}, line {self.line}: {self.reason}"
        about = f"{self.what}: {self.body}, {self.fact}"
        if self.what == "changed":
            return f"{about}: {self.before} → {self.after}"
        if self.what == "overruled by hand":
            said = f"{self.before or 'nothing'} → {self.after}"
            return f"{self.what}: {self.file}, line {self.line}, {self.fact}: {said}; {self.reason}"
        if self.what == "disputed":
            return f"{about}: {self.file} says {self.after}, {self.reason} says {self.before or 'nothing'}"
        return f"{about}: {self.file}, line {self.line} says {self.after}; {self.reason}"


COLUMNS = tuple(each.name for each in fields(Line))


@dataclass(slots=True)
class Summary:
    """What an import found new, changed and unchanged, what it could not use, and what it left alone."""

    counts: dict[str, Counter[str]] = field(default_factory=dict)
    rejected: list[Line] = field(default_factory=list)
    # What the files say plainly wrong, and what was read instead.
    overruled: list[Line] = field(default_factory=list)
    # What two sources dispute and nobody has settled, in this import or an earlier one.
    disputed: list[Line] = field(default_factory=list)
    kept: list[Line] = field(default_factory=list)
    changed: list[Line] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def is_without_effect(self) -> bool:
        """Whether nothing was new or changed."""
        return not any(count["new"] or count["changed"] for count in self.counts.values())

    def write(self, path: Path) -> None:
        """Write everything into a file: JSON when its name says so, otherwise CSV."""
        lines = (*self.rejected, *self.overruled, *self.kept, *self.disputed, *self.changed)
        every = [asdict(line) for line in lines]
        rows = [{name: value for name, value in row.items() if value is not None} for row in every]
        if path.suffix == ".json":
            parts = {part: {name: count[name] for name in COUNTED} for part, count in self.counts.items()}
            report = {"parts": parts, "notes": self.notes, "rows": rows}
            path.write_bytes(orjson.dumps(report, option=orjson.OPT_INDENT_2))
            return
        out = io.StringIO()
        writer = csv.DictWriter(out, COLUMNS, restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
        path.write_text(out.getvalue(), encoding="utf-8")
