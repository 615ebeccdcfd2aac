"""Judging prose: thin reasons and mere activity. Each judgement quotes what it objects to."""

import re
from collections.abc import Set
from typing import NamedTuple

from shared.errors import invalid
from shared.masking import cover
from shared.personal_data.spans import Kind
from shared.plain_words import WORDS_OF_AN_EXCUSE, says_little

WORDS_OF_A_REASON = 8
WORDS_OF_AN_OUTCOME = 4
WORDS_OF_A_FACT = 2

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

# What people do instead of changing something: verbs, and what they are about.
ACTIVITIES = (
    (
        """hold held holding have having had arrange arranged arranging organise organised convene convened
        schedule scheduled attend attended host hosted call called""",
        "meeting workshop away_day discussion conversation focus_group webinar forum event",
    ),
    (
        "set_up setting_up establish established form formed create created convene convened launch launched",
        "group committee task_force taskforce board panel network forum",
    ),
    (
        """write wrote written produce produced develop developed draft drafted update updated review reviewed
        prepare prepared conduct conducted carry_out carried_out commission commissioned publish published""",
        "plan strategy strategies policy policies report paper review business_case framework survey audit",
    ),
    ("raise raising raised", "awareness the_profile"),
)
BEGINNINGS = (
    "explore discuss consider scope look_into engage_with review monitor work_with continue_to investigate"
)


def any_of(names: str) -> str:
    """The expression that finds any of these words, in the singular or the plural."""
    return "(?:" + "|".join(names.replace("_", r"\s+").split()) + ")s?"


PAIRS = [rf"\b{any_of(verbs)}\b(?:\s+[\w'’-]+){{0,3}}?\s+{any_of(nouns)}\b" for verbs, nouns in ACTIVITIES]
HELD = rf"\b{any_of(ACTIVITIES[0][1])}\s+(?:was|were|is|are|has been|have been|will be)\s+(?:held|arranged)\b"
# A promise that begins with one of these says what its maker does.
BEGINNING = rf"^(?:we (?:will |shall |are going to )?|to )?{any_of(BEGINNINGS)}\b(?:\s+[\w'’-]+){{0,4}}"
ACTIVITY = re.compile("|".join([BEGINNING, HELD, *PAIRS]), re.IGNORECASE)


class Objection(NamedTuple):
    """What a guard objects to, in the writer's own words, and why."""

    quote: str
    why: str

    def __str__(self) -> str:
        return f"“{self.quote}”: {self.why}" if self.quote else self.why


def thin_excuse(because: str) -> Objection | None:
    """What is too thin about a public `because`."""
    if not says_little(because, WORDS_OF_AN_EXCUSE):
        return None
    return Objection(shortened(because), f"`because` needs at least {WORDS_OF_AN_EXCUSE} words that say why.")


def thin_reason(text: str) -> Objection | None:
    """What is too thin about a reason; stock phrases do not count as its words."""
    stock = STOCK.search(text)
    rest = STOCK.sub(" ", text)
    if not says_little(rest, WORDS_OF_A_REASON):
        return None
    if stock:
        return Objection(stock.group(0), "without this phrase, too little is left to say why.")
    return Objection(
        shortened(text), f"a reason needs at least {WORDS_OF_A_REASON} words, not the same ones."
    )


def unnamed_constraint(text: str) -> Objection | None:
    """The words by which a reason blames resources without an amount."""
    blamed = NO_RESOURCES.search(text)
    if blamed is None or AMOUNT.search(text):
        return None
    return Objection(blamed.group(0), "say how much is missing, or what exactly prevents it.")


def mere_activity(text: str) -> Objection | None:
    """The words by which a promise names an activity and not what changes for people."""
    found = ACTIVITY.search(text)
    return (
        Objection(found.group(0), "this is something you do, not what people will notice.") if found else None
    )


def refuse_personal_data(text: str | None, pointer: str, kinds: Set[Kind]) -> None:
    """Raise Invalid where a text that is shown as it was written reads as personal data of these kinds."""
    if found := sorted(cover(text or "").kinds & kinds):
        raise invalid(
            pointer, f"This reads as personal data ({', '.join(found)}). Everybody sees it: leave it out."
        )


def shortened(text: str) -> str:
    """The beginning of a text, for quoting it."""
    return text if len(text) <= 80 else f"{text[:79].rstrip()}…"
