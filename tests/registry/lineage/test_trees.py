"""Trees of a lineage: however bodies merged and split, nobody is lost and nobody counted twice."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.registry.lineage.flows import flow
from services.registry.lineage.queries import FootprintEdition, Link
from services.registry.lineage.schemas import Ancestor, Descendant
from services.registry.lineage.trees import Trees

START, END = date(2016, 3, 15), date(2030, 1, 1)


def edition(body: UUID, begun: date, residents: int | None) -> FootprintEdition:
    """Return the edition of a body that began on a day."""
    return FootprintEdition(
        id=body,
        kind="stp",
        edition="STP2016",
        valid_from=begun,
        valid_to=None,
        residents=residents,
        name="somewhere",
        ods=None,
        ons=None,
    )


@dataclass(frozen=True)
class History:
    """What became of some bodies, with the residents that each has had in each of its editions."""

    links: Sequence[Link]
    editions: dict[UUID, list[FootprintEdition]]

    def trees(self) -> Trees:
        """Return its trees up to the last day."""
        return Trees(self.links, self.editions, END)


def link(before: int, after: int, year: int, share: float, kind: str = "succeeded_by") -> Link:
    """Return a link of the first day of a year."""
    return Link(UUID(int=before), UUID(int=after), date(year, 1, 1), share, "test", kind)


@st.composite
def histories(draw: st.DrawFn) -> History:
    """Draw bodies that close into others, or pass parts of their areas, each on a day of its own year."""
    held = {UUID(int=n): draw(st.integers(1_000, 9_000_000)) / 1 for n in range(1, 5)}
    editions = {each: [edition(each, START, int(count))] for each, count in held.items()}
    made: list[Link] = []
    for year in range(2017, 2017 + draw(st.integers(0, 5))):
        before = draw(st.sampled_from(sorted(held)))
        closes = draw(st.booleans())
        others = [each for each in sorted(held) if each != before] + [UUID(int=100 + year)]
        after = draw(st.lists(st.sampled_from(others), min_size=1, max_size=3, unique=True))
        parts = [draw(st.integers(1, 9)) for _ in after]
        whole = sum(parts) + (0 if closes else draw(st.integers(1, 9)))
        kind = "succeeded_by" if closes else "area_passed_to"
        new = [
            link(before.int, to.int, year, part / whole, kind) for to, part in zip(after, parts, strict=True)
        ]
        made += new
        moved = {each.after: held[before] * each.share for each in new}
        held[before] -= sum(moved.values())
        for to, count in moved.items():
            held[to] = held.get(to, 0.0) + count
        for each in (before, *after):
            begun = edition(each, date(year, 1, 1), round(held[each]))
            editions[each] = [begun, *editions.get(each, [])]
        if closes:
            del held[before]
    return History(made, editions)


def leaves(heirs: Sequence[Descendant]) -> float:
    """Return how many stayed somewhere in a tree of successors."""
    return sum(each.stayed + leaves(each.successors) for each in heirs)


@given(histories())
def test_whoever_was_somewhere_is_somewhere_today(history: History) -> None:
    trees = history.trees()
    for body, known in history.editions.items():
        opened = known[-1].valid_from
        heirs, stayed = trees.successors(body, opened, 1.0)
        assert stayed + leaves(heirs) == pytest.approx(1, abs=0.001)
        held = flow(history.links, body, opened, END)
        assert sum(round(share, 4) for share in held.values()) == pytest.approx(1, abs=0.001)


@given(histories())
def test_the_tree_forwards_agrees_with_the_flow(history: History) -> None:
    trees = history.trees()

    def gather(heirs: Sequence[Descendant], into: dict[UUID, float]) -> dict[UUID, float]:
        for each in heirs:
            into[each.footprint.id] = into.get(each.footprint.id, 0.0) + each.stayed
            gather(each.successors, into)
        return into

    for body in history.editions:
        heirs, stayed = trees.successors(body, START, 1.0)
        found = gather(heirs, {body: stayed})
        for each, share in flow(history.links, body, START, END).items():
            assert found[each] == pytest.approx(share, abs=0.002)


@given(histories())
def test_whoever_is_here_came_from_somewhere(history: History) -> None:
    trees = history.trees()

    def shares(found: Sequence[Ancestor]) -> list[float | None]:
        return [each.share_of_asked for each in found]

    for body, known in history.editions.items():
        newest = known[0]
        came = shares(trees.predecessors(body, newest.valid_from, 1.0, 1.0))
        if None in came or not came:
            continue
        total = sum(share or 0.0 for share in came)
        assert total <= 1.001
        if known[-1].valid_from > START:
            assert total == pytest.approx(1, abs=0.002)


@given(histories())
def test_the_tree_backwards_agrees_with_the_flow(history: History) -> None:
    trees = history.trees()

    def reached(found: Sequence[Ancestor], origin: UUID, into: list[float]) -> list[float]:
        for each in found:
            if each.footprint.id == origin:
                # Those who were there from the first day until then, of whom only some had stayed.
                into.append(each.share_in_asked * trees.staying(origin, START, each.on - date.resolution))
            reached(each.predecessors, origin, into)
        return into

    for body, known in history.editions.items():
        until = known[0].valid_from
        found = trees.predecessors(body, until, 1.0, 1.0)
        for origin in (UUID(int=n) for n in range(1, 5)):
            own = trees.staying(body, START, until) if origin == body else 0.0
            wanted = flow(history.links, origin, START, until).get(body, 0.0)
            assert own + sum(reached(found, origin, [])) == pytest.approx(wanted, abs=0.002)


def test_where_residents_are_not_known_their_origin_is_not_either() -> None:
    one, two, three = (UUID(int=n) for n in (1, 2, 3))
    editions = {
        one: [edition(one, START, None)],
        two: [edition(two, START, 100)],
        three: [edition(three, date(2017, 1, 1), 300)],
    }
    trees = Trees([link(1, 3, 2017, 1), link(2, 3, 2017, 1)], editions, END)
    found = trees.predecessors(three, END, 1.0, 1.0)
    assert [(each.share_of_asked, each.share_in_asked) for each in found] == [(None, 1), (None, 1)]
