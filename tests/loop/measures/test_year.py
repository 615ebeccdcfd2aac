"""A year in the life of a board: its measures equal a calculation that shares nothing with the service."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction

from sqlalchemy.ext.asyncio import AsyncSession

from services.loop.board.queries import FEED_ENTRIES, latest_loops
from services.loop.history.domain import check_history
from services.loop.measures.domain import measure_loops
from services.loop.measures.schemas import MeasuresOut
from services.loop.measures.scope import Scope
from tests.benchmarks.loops import copy_loops
from tests.fixtures.figures import plain_counts
from tests.loop.conftest import SetTime
from tests.loop.measures.plan import PRAISE
from tests.loop.measures.year import LAST, LOOPS, SUCCESSION, Diary, Year

DAY = timedelta(days=1)
EVERYWHERE = Scope(footprint_id=None, organisation_id=None, demonstration=False, is_own=False)
# As the government lists them.
BANK_HOLIDAYS = {
    date(2025, 8, 25),
    date(2025, 12, 25),
    date(2025, 12, 26),
    date(2026, 1, 1),
    date(2026, 4, 3),
    date(2026, 4, 6),
    date(2026, 5, 4),
    date(2026, 5, 25),
}
Limits = list[tuple[date, date, date | None]]  # started, due, met


def working(day: date) -> bool:
    """Tell whether a day is a working day."""
    return day.isoweekday() <= 5 and day not in BANK_HOLIDAYS


def after(start: date, count: int) -> date:
    """The working day that comes so many after another."""
    following = (start + n * DAY for n in range(1, 100))
    return [day for day in following if working(day)][count - 1]


def between(start: date, end: date) -> int:
    """How many working days lie after one day, up to another."""
    return len([n for n in range((end - start).days) if working(end - n * DAY)])


def at_percent(values: Sequence[int], percent: int) -> int:
    """The least value that this part of the values is not above."""
    return min(
        v for v in values if Fraction(sum(w <= v for w in values), len(values)) >= Fraction(percent, 100)
    )


def share(part: int, of: int) -> dict[str, object]:
    """A part of something."""
    return {"part": part, "of": of, "share": round(part / of, 4) if of else None}


def ending(diary: Diary) -> str | None:
    """How a loop ended, by the rules for closing; None while it has not."""
    if diary.verdicts_open is None or diary.verdicts_open + 29 * DAY > LAST:
        return None
    if diary.outcome != "will_do":
        return "declined"
    given = Counter(happened for happened, _ in diary.verdicts)
    count, told = given.total(), sum(was_told for _, was_told, _ in diary.sent)
    if count >= 5 and given["no"] * 10 >= count * 3:
        return "contested"
    if count < 5 or count * 10 < told:
        return "disputed" if given["no"] and count < 5 else "unconfirmed"
    return "confirmed" if (given["yes"] + given["partly"]) * 10 >= count * 6 else "disputed"


def ended_on(diary: Diary) -> date | None:
    """The evening on which a loop was closed."""
    end = ending(diary)
    return diary.verdicts_open + 29 * DAY if end and end != "contested" and diary.verdicts_open else None


def opened_on(diary: Diary) -> date | None:
    """The day on which a loop became public; by rule: in the evening after five working days."""
    by_rule = after(diary.drafted, 5) + DAY
    return diary.opened or (by_rule if by_rule <= LAST else None)


def slips(diary: Diary) -> int:
    """Count due dates that passed unkept or were moved, day by day."""
    if diary.original_due is None:
        return 0
    moves, due, counted, found = dict(diary.moved), diary.original_due, set[date](), 0
    contested = (
        diary.verdicts_open + 29 * DAY if ending(diary) == "contested" and diary.verdicts_open else None
    )
    day = diary.original_due - 100 * DAY
    while day <= LAST:
        if day in moves:
            found += due not in counted
            counted.add(due)
            due = max(due, day) + 42 * DAY
        is_kept = diary.changed is not None and diary.changed <= day and not (contested and contested < day)
        if day > due and not is_kept and due not in counted:
            found += 1
            counted.add(due)
        day += DAY
    return found


def limits(diary: Diary) -> dict[str, Limits]:
    """Each limit of a loop: from when, until when, and when it was met."""
    found: dict[str, Limits] = {"acknowledge": [], "decide": [], "update": []}
    if opened := opened_on(diary):
        found["acknowledge"].append((opened, after(opened, 3), diary.acknowledged))
    if diary.acknowledged:
        found["decide"].append((diary.acknowledged, after(diary.acknowledged, 20), diary.decided))
    spoken = sorted([*diary.spoken, *reminders(diary)])
    for each, following in zip(spoken, [*spoken[1:], ended_on(diary)], strict=False):
        found["update"].append((each, each + 90 * DAY, following))
    return found


def reminders(diary: Diary) -> list[date]:
    """When people were reminded of their verdict: five working days before the end of its time."""
    if diary.verdicts_open is None:
        return []
    end = diary.verdicts_open + 28 * DAY
    back = [day for n in range(1, 30) if working(day := end - n * DAY)]
    return [back[4]] if back[4] <= LAST else []


def is_praise(diary: Diary) -> bool:
    """Tell whether a loop answers nothing but praise."""
    return set(diary.kinds.values()) == {PRAISE}


def check_limits(diaries: list[Diary], found: MeasuresOut) -> None:
    """Compare how long things took, and what was on time."""
    judged: Counter[str] = Counter()
    good: Counter[str] = Counter()
    for kind in ("acknowledge", "decide", "update"):
        every = [limit for diary in diaries for limit in limits(diary)[kind]]
        met = [(start, due, on) for start, due, on in every if on]
        good[kind] = sum(on <= due for _, due, on in met)
        judged[kind] = len(met) + sum(on is None and due < LAST for _, due, on in every)
        assert found.on_time[kind].model_dump() == share(good[kind], judged[kind]), kind
        if kind != "update" and met:
            days = [between(start, on) for start, _, on in met]
            assert found.time_to[kind].model_dump() == {
                "unit": "working days",
                "n": len(days),
                "median": at_percent(days, 50),
                "p75": at_percent(days, 75),
                "p90": at_percent(days, 90),
                "within_clock": round(good[kind] / len(met), 4),
            }, kind
    assert found.on_time["all"].model_dump() == share(good.total(), judged.total())


def check_promises(diaries: list[Diary], found: MeasuresOut) -> None:
    """Compare changes, promises kept and slips."""
    changed = [d for d in diaries if d.changed]
    days = [(d.changed - opened).days for d in changed if d.changed and (opened := opened_on(d))]
    took = found.time_to["first_change"]
    assert (took.n, took.within_clock) == (len(days), None)
    if days:
        assert [took.median, took.p75, took.p90] == [at_percent(days, percent) for percent in (50, 75, 90)]
    promised = [d for d in diaries if d.original_due]
    kept = [d for d in changed if ending(d) != "contested"]
    overdue = [d for d in promised if d not in kept and d.original_due and d.original_due < LAST]
    good = [d for d in kept if d.changed and d.original_due and d.changed <= d.original_due]
    assert found.kept_by_original_date.model_dump() == share(len(good), len(kept) + len(overdue))
    counts = [slips(d) for d in promised]
    assert found.slips.model_dump() == {
        "slips": sum(counts),
        "commitments": len(counts),
        "slipped": len([n for n in counts if n]),
    }


def least_of(shown: int | str) -> int:
    """The least that a figure can stand for."""
    return shown if isinstance(shown, int) else int(shown.removeprefix("at least "))


def check_people(diaries: list[Diary], found: MeasuresOut) -> None:
    """Compare who was told, and what they made of it."""
    telling = [d for d in diaries if d.verdicts_open or d.changed or d.outcome in {"cannot", "will_not"}]
    people = [kind for d in telling for kind in d.kinds.values() if kind != PRAISE]
    sent = [each for d in telling for each in d.sent if each[0] != PRAISE]
    told, reachable = sum(was for _, was, _ in sent), sum(can for _, _, can in sent)
    # Only of whole quarters, and without what tells of few people.
    everybody = {"told": told, "reachable": reachable, "unreachable": len(people) - reachable}
    for name, count in everybody.items():
        assert 0 < least_of(plain_counts(found.told)[name]) < count, name
    assert found.told.share is None
    given = [verdict for d in diaries for verdict in d.verdicts]
    verdicts = plain_counts(found.verdicts)
    assert verdicts["n"] == len(given)
    assert verdicts["did_it_happen"] == {
        name: sum(happened == name for happened, _ in given)
        for name in ("yes", "partly", "no", "cannot_tell")
    }
    marks = [mark for d in diaries if d.outcome in {"cannot", "will_not"} for _, mark in d.verdicts]
    well = sum(mark >= 4 for mark in marks)
    explained = plain_counts(found.declines_explained_well)
    assert (explained["n"], explained["well"]) == (len(marks), well)
    assert explained["share"] == (round(well / len(marks), 4) if marks else None)


def check(diaries: list[Diary], found: MeasuresOut) -> None:
    """Compare all measures of a body with what the diaries of its loops say."""
    concerns = [diary for diary in diaries if opened_on(diary) and not is_praise(diary)]
    assert (found.opened, found.praise) == (len(concerns), len(diaries) - len(concerns))
    ends = Counter(end for diary in concerns if (end := ending(diary)))
    assert found.closed == {end: ends[end] for end in ("confirmed", "unconfirmed", "disputed", "declined")}
    assert found.states.get("contested", 0) == ends["contested"]
    assert found.raised_again.model_dump() == share(0, ends.total() - ends["contested"])
    check_limits(concerns, found)
    check_promises(concerns, found)
    check_people(concerns, found)


async def test_a_year_in_the_life_of_a_board(session: AsyncSession, set_time: SetTime) -> None:
    before = await measure_loops(session, EVERYWHERE)  # what other tests left
    year = Year(session, set_time)
    await year.live()
    board, heir = year.board.footprint_id, year.heir.footprint_id
    gone = [d for d in year.diaries if (end := ended_on(d)) and end < SUCCESSION]
    inherited = [d for d in year.diaries if d not in gone]
    assert len(year.diaries) == LOOPS
    assert len(gone) > 20
    assert len(inherited) > 20
    year.set_time(year.midnight)
    for body, diaries in ((board, gone), (heir, inherited)):
        scope = Scope(footprint_id=body, organisation_id=None, demonstration=False, is_own=True)
        check(diaries, await measure_loops(session, scope))
    for diary in year.diaries:
        verified = await check_history(session, diary.loop_id)
        assert verified.intact, verified.detail
    once = await measure_loops(session, EVERYWHERE)
    bodies = [replace(EVERYWHERE, footprint_id=body) for body in (board, heir)]
    parts = [await measure_loops(session, each) for each in bodies]
    assert once.opened == before.opened + sum(part.opened for part in parts)
    assert once.praise == before.praise + sum(part.praise for part in parts) > before.praise
    await copy_loops(session, 2)
    thrice = await measure_loops(session, EVERYWHERE)
    for name in ("states", "closed", "judged"):
        found: dict[str, int] = getattr(once, name)
        assert getattr(thrice, name) == {each: 3 * count for each, count in found.items()}, name
    assert (thrice.opened, thrice.praise) == (3 * once.opened, 3 * once.praise)
    assert thrice.slips.model_dump() == {name: 3 * n for name, n in once.slips.model_dump().items()}
    assert len(await latest_loops(session, EVERYWHERE)) == FEED_ENTRIES
