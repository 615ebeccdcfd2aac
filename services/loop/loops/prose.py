"""Judging prose: thin reasons and mere activity. Each judgement quotes what it objects to."""

import re
from typing import NamedTuple

WORDS_OF_A_REASON = 8
WORDS_OF_AN_OUTCOME = 4
WORD = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")

# Phrases that sound like a reason and give none.
STOCK = re.compile(
    r"\b(?:(?:due to |for )?(?:operational|capacity|financial|business|clinical|various) (?:reasons|pressures"
    r"|constraints)|not (?:currently )?a priority|(?:as )?per policy|in line with policy|company policy"
    r"|(?:this is )?not possible(?: at this time)?|unfortunately|at this time|at the moment|n/?a|see above"
    r"|no further action|for the time being|going forward|we are unable to|we cannot do this)\b",
    re.IGNORECASE,
)
NO_RESOURCES = re.compile(
    r"\b(?:no|not enough|lack of|limited|insufficient|without|cannot afford|can't afford)\b[^.;]{0,30}?"
    r"\b(?:resources?|money|funds?|funding|budgets?|staff|staffing|capacity|afford)\b"
    r"|\b(?:cannot|can't|can not) afford\b",
    re.IGNORECASE,
)
AMOUNT = re.compile(r"\d")

MEETING = r"(?:meetings?|workshops?|away ?days?|discussions?|conversations?|focus groups?|webinars?|forums?)"
GROUP = r"(?:groups?|committees?|task ?forces?|boards?|panels?|networks?)"
PAPER = (
    r"(?:plans?|strateg(?:y|ies)|polic(?:y|ies)|reports?|papers?|reviews?|business cases?|frameworks?"
    r"|action plans?|surveys?|audits?)"
)
ACTIVITY = re.compile(
    rf"\b(?:hold|held|holding|have|having|had|arrange[ds]?|arranging|organi[sz]e[ds]?|convene[ds]?|schedule[ds]?"
    rf"|attend(?:ed|s)?|host(?:ed|s)?|call(?:ed)?)\b(?:\s+[\w'-]+){{0,3}}?\s+{MEETING}\b"
    rf"|\b{MEETING}\s+(?:was|were|is|are|has been|have been|will be|to be)\s+(?:held|arranged|organised|scheduled|had)\b"
    rf"|\b(?:set(?:ting)? up|establish(?:ed|es)?|form(?:ed|s)?|create[ds]?|convene[ds]?)\b(?:\s+[\w'-]+){{0,3}}?\s+{GROUP}\b"
    rf"|\b(?:write|wrote|written|produce[ds]?|develop(?:ed|s)?|draft(?:ed|s)?|update[ds]?|review(?:ed|s)?"
    rf"|prepare[ds]?|conduct(?:ed|s)?|carry out|carried out|commission(?:ed|s)?)\b(?:\s+[\w'-]+){{0,3}}?\s+{PAPER}\b"
    r"|\b(?:raise|raising|raised) awareness\b|\b(?:look|looking|looked) into\b|\b(?:explore|discuss|consider|scope)\b"
    r"(?:\s+[\w'-]+){0,4}|\bengage with\b(?:\s+[\w'-]+){0,3}",
    re.IGNORECASE,
)


class Objection(NamedTuple):
    """What is objected to, in the writer's own words, and why."""

    quote: str
    why: str

    def __str__(self) -> str:
        return f"“{self.quote}”: {self.why}" if self.quote else self.why


def words(text: str) -> list[str]:
    """Return the words of a text."""
    return WORD.findall(text)


def thin_reason(text: str) -> Objection | None:
    """Return what is too thin about a reason: stock phrases do not count as words of it."""
    stock = STOCK.search(text)
    rest = STOCK.sub(" ", text)
    if len(words(rest)) >= WORDS_OF_A_REASON:
        return None
    if stock:
        return Objection(stock.group(0), "without such phrases too little is left that says why.")
    return Objection(shortened(text), f"a reason takes at least {WORDS_OF_A_REASON} words.")


def unnamed_constraint(text: str) -> Objection | None:
    """Return the words by which a reason blames resources without an amount."""
    blamed = NO_RESOURCES.search(text)
    if blamed is None or AMOUNT.search(text):
        return None
    return Objection(blamed.group(0), "say how much is missing, or what exactly stands against it.")


def mere_activity(text: str) -> Objection | None:
    """Return the words by which a promise names an activity and not what changes for people."""
    found = ACTIVITY.search(text)
    return (
        Objection(found.group(0), "this is something you do, not what people will notice.") if found else None
    )


def shortened(text: str) -> str:
    """Return the beginning of a text, for quoting it."""
    return text if len(text) <= 80 else f"{text[:79].rstrip()}…"
