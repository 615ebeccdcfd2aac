"""Only the registry's ledger says who said a fact and when."""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
REGISTRY = ROOT / "services" / "registry"
FACTS = {"BodyName", "BodyCode", "LegalForm", "Boundary", "Relation", "Appointment", "Contact"}
# Other tables have an instant and an act of their own.
OF_FACTS_ALONE = {"superseded_at", "superseded_by", "imported", "earlier_form_of"}
PROVENANCE = OF_FACTS_ALONE | {"recorded_at", "act_id", "file"}


def attributes_set(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Yield where an attribute that holds provenance is assigned."""
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Attribute)
            and isinstance(node.ctx, ast.Store)
            and node.attr in OF_FACTS_ALONE
        ):
            yield node.lineno, node.attr


def keywords_passed(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Yield where provenance is passed to a fact, or to a statement that writes one."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            refused = PROVENANCE if called in FACTS else OF_FACTS_ALONE if called == "values" else set()
            yield from ((node.lineno, each.arg) for each in node.keywords if each.arg in refused)


def test_no_other_module_sets_the_provenance_of_a_fact() -> None:
    found = []
    for path in sorted(REGISTRY.rglob("*.py")):
        folder = path.relative_to(REGISTRY).parts[0]
        if folder not in ("ledger", "migrations", "models.py"):
            tree = ast.parse(path.read_text())
            places = [*attributes_set(tree), *keywords_passed(tree)]
            found += [f"{path.relative_to(ROOT)}:{line}: {name}" for line, name in places]
    assert found == []
