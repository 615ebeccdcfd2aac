"""Finding NHS numbers and phone numbers in runs of digits: each run is read once, in bounded windows."""

import re
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import accumulate, pairwise

import phonenumbers

from shared.personal_data.spans import Span

DIGITS = re.compile(r"\d+")
# No number of a person has fewer digits near each other: in a folded text this shows soonest.
NEAR_DIGITS = re.compile(rb"[0-9](?: {0,5}[0-9]){6}")
# What may stand between two groups of digits of one number.
GAP = re.compile(r"[\s\-–—‐‑.,:;·/_()\[\]+]{1,5}")
PLAIN_GAP = re.compile(r"[\s\-–—‐‑.·_()/]{1,5}")
PHONE_GAP = re.compile(r"[ \u00a0\t\-–—‐‑.·_()/,]{1,5}")
NHS_DIGITS = 10
# How NHS numbers are written, whatever stands between the groups.
NHS_SHAPES = frozenset({(10,), (3, 3, 4), (3, 7), (6, 4), (3, 3, 2, 2), (1,) * 10})
YEAR = re.compile(r"(?:19|20)\d\d")
HOUR = r"(?:[01]?\d|2[0-4])"
# Dates, times, opening hours, fractions and amounts are no part of a number that is about a person.
APART = re.compile(
    r"(?<![\d./\-])(?:0?[1-9]|[12]\d|3[01])([./\-])(?:0?[1-9]|1[0-2])\1(?:19|20)?\d\d(?!\d|[./\-]\d)"
    r"|(?<![\d./\-])(?:19|20)\d\d-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])(?!\d|-\d)"
    rf"|(?<![\d:])(?:{HOUR}):[0-5]\d(?::[0-5]\d)?(?!\d|:\d)"
    rf"|(?<![\d.])(?:{HOUR})\.[0-5]\d ?[-–] ?(?:{HOUR})\.[0-5]\d(?!\d|\.\d)"
    r"|(?<![\d.])\d{1,2}\.\d{7,}(?![\d.])|[£$€]\d[\d,.]*"
)
CALLED_PHONE = re.compile(
    r"(?<![\w\[])(?:tel(?:ephone)?|phone|mobile|mob|landline|whatsapp|fax)(?![^\W_])\.?\W{0,3}"
    r"(?:(?:no|num|number)\b\.?\W{0,3})?(?:is\W{1,2})?(\d(?:[ \-]?\d){6,9})(?![ \-]?\d)",
    re.IGNORECASE,
)
FOREIGN_CHECKS_MAX = 50
FOREIGN_DIGITS = range(8, 16)


@dataclass(frozen=True, slots=True)
class Group:
    """Digits without anything between them."""

    start: int
    stop: int
    digits: str


@dataclass(slots=True)
class PhoneFinder:
    """Finds phone numbers in one text; the library that knows foreign numbers is asked a few times only."""

    text: str
    checks_left: int = field(default=FOREIGN_CHECKS_MAX)

    def find_in_run(self, run: Sequence[Group]) -> Iterator[Span]:
        """Yield the phone numbers of a run, each beginning and ending with a group."""
        position = 0
        while position < len(run):
            count = self.count_groups(run, position)
            if count:
                start = run[position].start
                start -= start > 0 and self.text[start - 1] == "+"
                yield Span(start, run[position + count - 1].stop, "phone number")
            position += count or 1

    def count_groups(self, run: Sequence[Group], position: int) -> int:
        """How many groups from here on are one phone number; 0 if it is none."""
        has_plus = self.text[max(0, run[position].start - 1)] == "+"
        if not (has_plus or run[position].digits[0] in "04"):
            return 0
        groups = self.near_groups(run, position)
        digits = "".join(group.digits for group in groups)
        lengths = list(accumulate(len(group.digits) for group in groups))
        if has_plus or digits.startswith("0044"):
            skipped = 2 if digits.startswith("00") else 0
            return self.count_foreign(digits, lengths, skipped)
        if groups[0].digits.startswith("00"):
            return self.count_foreign(digits, lengths, 2) if groups[0].digits[2:3] not in ("", "0") else 0
        if digits.startswith("44") and digits[2:4] in BRITISH_AFTER_44:
            return count_of_length(lengths, 13 if digits[2] == "0" else 12)
        return self.count_british(groups, digits, lengths)

    def near_groups(self, run: Sequence[Group], position: int) -> Sequence[Group]:
        """The groups from here on that can belong to one phone number."""
        stop = position + 1
        while stop < min(len(run), position + FOREIGN_DIGITS.stop):
            gap = self.text[run[stop - 1].stop : run[stop].start]
            if not (PHONE_GAP.fullmatch(gap) or gap in (":", ": ")):
                break
            stop += 1
        return run[position:stop]

    def count_british(self, groups: Sequence[Group], digits: str, lengths: list[int]) -> int:
        """How many groups are a British number with its leading 0."""
        if digits[0] != "0" or digits[1:2] not in tuple("1235789"):
            return 0
        count = count_of_length(lengths, 11) or (digits[1] in "18" and count_of_length(lengths, 10)) or 0
        between = self.text[groups[0].start : groups[count - 1].stop] if count else ""
        # With these signs, a short first group is a date or a time.
        is_other = len(groups[0].digits) < 3 and bool(set(between) & set("/:"))
        return 0 if is_other else count

    def count_foreign(self, digits: str, lengths: list[int], skipped: int) -> int:
        """How many groups are a number with the code of its country."""
        counts = [n for n, length in enumerate(lengths, 1) if length - skipped in FOREIGN_DIGITS]
        for count in reversed(counts):
            self.checks_left -= 1
            if self.checks_left < 0 or is_phone_number("+" + digits[skipped : lengths[count - 1]]):
                return count
        return next(
            (n for n in counts if lengths[n - 1] - skipped >= NHS_DIGITS), counts[-1] if counts else 0
        )


BRITISH_AFTER_44 = frozenset(
    {f"{a}{b}" for a in "123578" for b in "0123456789"} | {f"0{a}" for a in "123578"}
)


def is_phone_number(number: str) -> bool:
    """Whether a short text is a number that can be dialled somewhere."""
    try:
        return phonenumbers.is_valid_number(phonenumbers.parse(number, "GB"))
    except phonenumbers.NumberParseException:
        return False


def count_of_length(lengths: list[int], length: int) -> int:
    """How many groups have exactly this many digits together; 0 if none have."""
    return lengths.index(length) + 1 if length in lengths else 0


def find_numbers(text: str, folded: bytes) -> Iterator[Span]:
    """Yield each NHS number, and each phone number that looks like one."""
    finder = PhoneFinder(text)
    for run in runs_of_digits(text) if NEAR_DIGITS.search(folded) else ():
        if sum(len(group.digits) for group in run) >= FOREIGN_DIGITS.start:
            yield from finder.find_in_run(run)
            yield from find_nhs_numbers(text, run)


def find_called_phones(text: str, folded: bytes) -> Iterator[Span]:
    """Yield each number that is called a phone number."""
    if NEAR_DIGITS.search(folded):
        yield from (Span(*found.span(1), "phone number") for found in CALLED_PHONE.finditer(text))


def runs_of_digits(text: str) -> Iterator[list[Group]]:
    """Yield the groups of digits that stand near each other, without dates, times and amounts."""
    apart = deque(found.span() for found in APART.finditer(text))
    run: list[Group] = []
    for found in DIGITS.finditer(text):
        while apart and apart[0][1] <= found.start():
            apart.popleft()
        is_apart = bool(apart) and apart[0][0] <= found.start()
        if run and (is_apart or not GAP.fullmatch(text, run[-1].stop, found.start())):
            yield run
            run = []
        if not is_apart:
            digits = "".join(str(int(sign)) for sign in found[0])
            run.append(Group(found.start(), found.end(), digits))
    if run:
        yield run


def find_nhs_numbers(text: str, run: Sequence[Group]) -> Iterator[Span]:
    """Yield each ten digits of a run that pass the check of an NHS number."""
    for position, first in enumerate(run):
        if len(first.digits) > NHS_DIGITS:
            yield from find_nhs_numbers_within(first)
            continue
        groups = run[position : position + NHS_DIGITS]
        count = count_of_length(list(accumulate(len(group.digits) for group in groups)), NHS_DIGITS)
        groups = groups[:count]
        if (
            count
            and weigh([int(digit) for group in groups for digit in group.digits]) % 11 == 0
            and is_one_number(text, groups)
        ):
            yield Span(first.start, groups[-1].stop, "NHS number")


def find_nhs_numbers_within(group: Group) -> Iterator[Span]:
    """Yield each ten digits that pass the check, of digits without anything between them."""
    values = [int(digit) for digit in group.digits]
    total, weighted = sum(values[:NHS_DIGITS]), weigh(values[:NHS_DIGITS])
    for start in range(len(values) - NHS_DIGITS + 1):
        if weighted % 11 == 0:
            yield Span(group.start + start, group.start + start + NHS_DIGITS, "NHS number")
        coming = values[start + NHS_DIGITS] if start + NHS_DIGITS < len(values) else 0
        weighted += total - 11 * values[start] + coming
        total += coming - values[start]


def weigh(values: Sequence[int]) -> int:
    """The sum that eleven divides in an NHS number, its check digit included."""
    return sum(weight * value for weight, value in zip(range(NHS_DIGITS, 0, -1), values, strict=True))


def is_one_number(text: str, groups: Sequence[Group]) -> bool:
    """Whether groups of ten digits are one number: in the usual shape, or with plain gaps and no year."""
    if tuple(len(group.digits) for group in groups) in NHS_SHAPES:
        return True
    gaps = (text[one.stop : two.start] for one, two in pairwise(groups))
    return all(map(PLAIN_GAP.fullmatch, gaps)) and not any(YEAR.fullmatch(group.digits) for group in groups)
