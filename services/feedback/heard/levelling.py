"""Tables of the same people by several questions, made so that none of them tells about another.

All have the same total. Rounded one by one, their sums would differ, and a reader could work out the most
that one hides from the least that another shows.
"""

from collections.abc import Mapping

from shared.disclosure import Rounding

Table = Mapping[str, int]
UNKNOWN = ("not_asked", "prefer_not_to_say")
# A mark beside the groups of a question, and no count: some of them show less than they are rounded to.
CUT = "cut"


def level_tables(
    tables: Mapping[str, Table], whole_max: int, rounding: Rounding
) -> dict[str, dict[str, int]]:
    """The tables, rounded, with the same sum each, which is at most `whole_max`.

    What is too much is taken from who is unknown, and only then from the largest groups: `cut` is then 1.
    """
    shown = {name: rounding.table(table, {}) for name, table in tables.items()}
    whole = min((sum(table.values()) for table in shown.values()), default=0)
    for table in shown.values():
        lower_sum(table, min(whole, whole_max))
    return shown


def lower_sum(table: dict[str, int], whole: int) -> None:
    """Lower the sum of a table to this."""
    groups = sorted(table.keys() - {*UNKNOWN}, key=lambda code: (-table[code], code))
    excess, was_cut = sum(table.values()) - whole, False
    for code in (*UNKNOWN, *groups):
        taken = min(excess, table.get(code, 0))
        if taken:
            table[code] -= taken
            excess, was_cut = excess - taken, was_cut or code not in UNKNOWN
    if was_cut:
        table[CUT] = 1
