"""Figures about people as the public may see them: sums of tables that are final (docs/decisions/0028)."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence

from services.loop.sums.adding import Added, Cells
from services.loop.verdicts.counting import (
    ANSWERS,
    CHOICES,
    OTHERS,
    PARTS,
    Distribution,
    VerdictFigures,
    public_figures,
)
from shared.disclosure import (
    FEWER,
    HELD,
    SMALL,
    Count,
    public_distribution,
    public_result,
    public_sum,
)

# What is summed of the tables of verdicts; of declined loops also how well they found it explained.
NUMBERS, DECLINED = ("verdicts", "witnessed", "not_witnessed", "changed"), "declined"
TABLES: Mapping[str, Sequence[str]] = {
    name: [str(choice) for choice in choices]
    for name, choices in {**CHOICES, DECLINED: CHOICES["explained_well"]}.items()
}


def count_shown(closed: Iterable[Added]) -> Cells:
    """What loops show that one body closed in one place and one quarter; declined ones are grouped apart."""
    groups: tuple[list[Added], list[Added]] = ([], [])
    for each in closed:
        groups[each.is_declined].append(each)
    found: Cells = Counter()
    for is_declined, loops in enumerate(groups):
        for figures in public_tables([each.cells for each in loops]):
            show_figures(found, figures)
            if is_declined:
                show_table(found, DECLINED, figures.explained_well)
        show_told(found, [each.cells for each in loops if each.cells["has_people"]])
    return found


def public_tables(loops: Sequence[Cells]) -> list[VerdictFigures]:
    """Figures of each loop with five verdicts or more, and of all smaller loops of a group together."""
    sizes = [sum(cells[part] for part in PARTS) for cells in loops]
    pairs = list(zip(loops, sizes, strict=True))
    tables = [public_figures(cells, size) for cells, size in pairs if size >= SMALL]
    small = [(cells, size) for cells, size in pairs if 0 < size < SMALL]
    if small:
        together: Cells = Counter()
        for cells, _ in small:
            together.update(cells)
        tables.append(public_figures(together, public_total([size for _, size in small])))
    return tables


def public_total(counts: Collection[int]) -> Count:
    """The total of counts from 1 to 4 that are shown as fewer than 5; held back where it tells one."""
    total, least = sum(counts), len(counts)
    is_told = least < 2 or total in {least, least * (SMALL - 1)}
    return HELD if is_told or total < SMALL else total


def show_figures(found: Cells, figures: VerdictFigures) -> None:
    """Add the figures of one table as they are shown."""
    for name in NUMBERS:
        show_count(found, name, getattr(figures, name))
    for name in (*ANSWERS, OTHERS):
        show_table(found, name, getattr(figures, name))


def show_told(found: Cells, loops: Sequence[Cells]) -> None:
    """Add how many people were told of each loop, and how many of the whole group can and cannot be."""
    if not loops:
        return
    for cells in loops:
        show_count(found, "told", public_result(cells["told"]))
    people = {name: sum(cells[name] for cells in loops) for name in ("can", "cannot")}
    table = public_distribution(people)
    for name in people:
        show_count(found, name, table[name] if table else HELD)


def show_table(found: Cells, name: str, table: Distribution) -> None:
    """Add a table as it is shown: where there is none, each count of it is held back."""
    found[f"{name}.tables"] += 1
    found[f"{name}.shown"] += table is not None
    for choice in TABLES[name]:
        show_count(found, f"{name}.{choice}", table[choice] if table else HELD)


def show_count(found: Cells, name: str, count: Count) -> None:
    """Add one count as it is shown."""
    if isinstance(count, int):
        found[f"{name}.exact"] += 1
        found[f"{name}.sum"] += count
    else:
        found[f"{name}.fewer" if count == FEWER else f"{name}.held"] += 1


def sum_shown(cells: Cells, name: str) -> Count:
    """The sum of counts as each of them is shown; of those that are held back, two say as much as many."""
    exact = [cells[f"{name}.sum"]] if cells[f"{name}.exact"] else []
    fewer, held = (min(cells[f"{name}.{how}"], 2) for how in ("fewer", "held"))
    return public_sum([*exact, *[FEWER] * fewer, *[HELD] * held])


def sum_tables(cells: Cells, name: str) -> Distribution:
    """How often each answer was given in all; None where nothing of it is shown."""
    if not cells[f"{name}.shown"]:
        return None
    return {choice: sum_shown(cells, f"{name}.{choice}") for choice in TABLES[name]}


def sum_figures(cells: Cells) -> VerdictFigures:
    """The sum of figures as they are shown, so that it tells nothing that they do not."""
    return VerdictFigures(
        verdicts=sum_shown(cells, "verdicts"),
        witnessed=sum_shown(cells, "witnessed"),
        not_witnessed=sum_shown(cells, "not_witnessed"),
        changed=sum_shown(cells, "changed"),
        **{name: sum_tables(cells, name) for name in (*ANSWERS, OTHERS)},
    )
