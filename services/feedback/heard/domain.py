"""Who was heard beside who lives there: shares with intervals, and who was not yet heard."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import get_args
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.feedback.contributors.demographics import AgeBand, Carer, Disability, EthnicGroup, Sex
from services.feedback.counts.periods import name_of
from services.feedback.heard.intervals import rounded_interval
from services.feedback.heard.levelling import CUT, UNKNOWN
from services.feedback.heard.population import load_population
from services.feedback.heard.queries import heard_counts, ods_of_footprint
from services.feedback.heard.schemas import GroupHeard, QuestionHeard, WhoWeHeard

QUARTERS = 4
# Each question with its closed list; the decile is that of the area, 1 the most deprived.
QUESTIONS: Mapping[str, Sequence[str]] = {
    name: [code for code in map(str, codes) if code not in UNKNOWN]
    for name, codes in {
        "age_band": get_args(AgeBand),
        "sex": get_args(Sex),
        "ethnic_group": get_args(EthnicGroup),
        "disability": get_args(Disability),
        "carer": get_args(Carer),
        "imd_decile": range(1, 11),
    }.items()
}


@dataclass(slots=True)
class Heard:
    """What is known of one question: counts of the last quarters, what each hides, and the last of each."""

    counts: Counter[str] = field(default_factory=Counter)
    last: dict[str, date] = field(default_factory=dict)
    slack: int = 0
    is_cut: bool = False


async def who_was_heard(session: AsyncSession, footprints: Sequence[UUID]) -> WhoWeHeard:
    """Who was heard about these footprints: the first is asked about, the last is that of today."""
    rows = await heard_counts(session, footprints)
    quarters = sorted({row.quarter for row in rows})[-QUARTERS:]
    hidden = sum({row.quarter: row.hides for row in rows if row.quarter in quarters}.values())
    found = {question: Heard(slack=hidden * len(footprints)) for question in QUESTIONS}
    for row in rows:
        if row.question in found:
            note_count(found[row.question], row.quarter, row.code, row.n, is_recent=row.quarter in quarters)
    residents = load_population().get(await ods_of_footprint(session, footprints[-1]) or "", {})
    views = [question_view(name, heard, residents.get(name, {})) for name, heard in found.items()]
    sums = [sum(n for code, n in heard.counts.items() if code != CUT) for heard in found.values()]
    return WhoWeHeard(
        footprint_id=footprints[0],
        quarters=[name_of("quarter", each) for each in quarters],
        people_at_least=min(sums),
        questions=views,
    )


def note_count(heard: Heard, quarter: date, code: str, n: int, *, is_recent: bool) -> None:
    """Note a count of a quarter; rows come in the order of their quarters."""
    heard.last[code] = quarter
    if is_recent:
        heard.counts[code] += n
        heard.is_cut |= code == CUT


def question_view(question: str, heard: Heard, residents: Mapping[str, int]) -> QuestionHeard:
    """What people said to one question."""
    return QuestionHeard(
        question=question,
        not_asked=heard.counts["not_asked"],
        prefer_not_to_say=heard.counts["prefer_not_to_say"],
        groups=[group_view(code, heard, residents, QUESTIONS[question]) for code in QUESTIONS[question]],
    )


def group_view(code: str, heard: Heard, residents: Mapping[str, int], codes: Sequence[str]) -> GroupHeard:
    """How much of what was heard is from one group, beside its share of the population."""
    n = heard.counts[code]
    others = sum(heard.counts[each] for each in codes) - n
    is_known = n + others > 0 and not heard.is_cut
    found = rounded_interval(n, others, heard.slack, heard.slack * (len(codes) - 1)) if is_known else None
    share = residents[code] / sum(residents.values()) if code in residents else None
    last = heard.last.get(code)
    return GroupHeard(
        code=code,
        at_least=n,
        shown=f"at least {n}" if n else "held back",
        low=found and round(found.low, 4),
        high=found and round(found.high, 4),
        residents=residents.get(code),
        population_share=None if share is None else round(share, 4),
        heard_less=found is not None and share is not None and found.high < share,
        last_heard=name_of("quarter", last) if last else None,
    )
