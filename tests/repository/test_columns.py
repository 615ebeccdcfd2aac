"""Every column that can hold words says what it holds."""

from importlib import import_module

import pytest
from sqlalchemy import Column

from shared.columns import CLASS, needs_class
from tests.repository.tree import ROOT, module_of

# The services whose columns are all classified.
CLASSIFIED = ("feedback", "gateway", "loop", "registry")


def columns_of(service: str) -> list[Column[object]]:
    """Every column of every table of a service."""
    folder = ROOT / "services" / service
    files = [path for name in ("models", "records", "areas") for path in folder.rglob(f"{name}.py")]
    models = [import_module(module_of(path)) for path in sorted(files)]
    metadata = next(module.Base.metadata for module in models if hasattr(module, "Base"))
    return [column for table in metadata.tables.values() for column in table.columns]


@pytest.mark.parametrize("service", CLASSIFIED)
def test_every_text_and_json_column_has_a_class(service: str) -> None:
    assert [str(column) for column in columns_of(service) if needs_class(column)] == []


@pytest.mark.parametrize("service", CLASSIFIED)
def test_what_erasure_empties_can_be_empty(service: str) -> None:
    held = [(column, column.info[CLASS]) for column in columns_of(service) if CLASS in column.info]
    emptied = [column for column, kind in held if kind.personal and kind.erased_to is None]
    lists = ("ARRAY", "JSONB", "JSON")
    assert [str(c) for c in emptied if not (c.nullable or c.primary_key) and str(c.type) not in lists] == []
