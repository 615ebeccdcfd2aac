"""The rules of routing as their file has them: whom to turn to, in which order, and why."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from itertools import product
from typing import Annotated, Literal, Self, get_args

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, model_validator

from services.registry.bodies.schemas import BodyNamed
from services.registry.contacts.schemas import Purpose
from services.registry.ledger.views import BodyOnDay

Matter = Literal[
    "urgent",
    "safety",
    "safeguarding",
    "complaint",
    "professional",
    "plan",
    "service_change",
    "equality",
    "information",
    "question",
    "compliment",
]
Level = Literal["local", "national"]
MATTERS: Sequence[Matter] = get_args(Matter)
LEVELS: Sequence[Level] = get_args(Level)
# Whom the place decides. All others stand under `externals`.
LOCAL = ("board", "trust", "practice", "council", "healthwatch", "region")
LOCAL_WORDS = f"{', '.join(LOCAL[:-1])} or {LOCAL[-1]}"
EMERGENCY = ("999", "111")
CHECKED_FOR = timedelta(days=366)

Path = tuple[str | int, ...]
Text = Annotated[str, StringConstraints(min_length=1, max_length=1_000, strip_whitespace=True)]
Name = Annotated[str, StringConstraints(min_length=1, max_length=60, pattern=r"^[a-z0-9_]+$")]
OdsCode = Annotated[str, StringConstraints(pattern=r"^[A-Z0-9]{3,6}$")]
Web = Annotated[str, StringConstraints(max_length=300, pattern=r"^https://\S+$")]


def as_list(given: object) -> object:
    """One word as a list of one; anything else as it is."""
    return [given] if isinstance(given, str) else given


class Shape(BaseModel):
    """A part of the file. It refuses names that it does not know."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Page(Shape):
    """A body outside the registry, or a source: its name and its web address."""

    name: Text
    web: Web


class Trusts(Shape):
    """Trusts by their ODS codes, as a page names them."""

    codes: Annotated[list[OdsCode], Field(min_length=1)]
    source: Name
    checked_on: date


class Topic(Shape):
    """A kind of service, with the other words that people use for it."""

    name: Text
    words: list[Text] = []
    # A part of the names of the trusts that run it, where that tells them from others; else which they are.
    trusts_named: Text | None = None
    # The same of trusts that do not.
    trusts_not_named: Text | None = None
    trusts: Trusts | None = None
    # Whether these trusts serve more boards than their own: then those are asked for, too, that were
    # partners of the place's partnership.
    by_partnership: bool = False

    @model_validator(mode="after")
    def names_partners(self) -> Self:
        """Refuse partners that nothing tells from others."""
        if self.by_partnership and not (self.trusts_named or self.trusts):
            raise ValueError("`by_partnership` needs `trusts_named` or `trusts`")
        return self

    def is_of(self, trust: BodyNamed | BodyOnDay) -> bool:
        """Whether a trust runs such services, as far as its name or the list says."""
        name = trust.name.lower()
        is_named = not self.trusts_named or self.trusts_named.lower() in name
        is_other = bool(self.trusts_not_named) and str(self.trusts_not_named).lower() in name
        return is_named and not is_other and (self.trusts is None or trust.codes.ods in self.trusts.codes)


class NoReply(Shape):
    """How long to wait for an answer, and what to do then."""

    days: Annotated[int, Field(ge=0, le=400)] | None = None
    working_days: Annotated[int, Field(ge=0, le=250)] | None = None
    then: Text

    @model_validator(mode="after")
    def counts_one_kind(self) -> Self:
        """Refuse both kinds of days together, and neither."""
        if (self.days is None) == (self.working_days is None):
            raise ValueError("say either `days` or `working_days`")
        return self


class StepRule(Shape):
    """Whom to turn to next, and why."""

    to: Name
    why: Text
    purpose: Purpose = "enquiries"
    if_no_reply_after: NoReply
    source: Name


class When(Shape):
    """What a rule is for. Without a topic or a level it is for all of them."""

    matter: Annotated[list[Matter], BeforeValidator(as_list), Field(min_length=1)]
    topic: Annotated[list[Name], BeforeValidator(as_list), Field(min_length=1)] | None = None
    level: Level | None = None

    def holds(self, matter: str, topic: str | None, level: str) -> bool:
        """Whether the rule is for this case."""
        of_topic = self.topic is None or topic in self.topic
        return matter in self.matter and of_topic and self.level in (None, level)


class Rule(Shape):
    """Whom to turn to in certain cases, in order."""

    id: Name
    when: When
    # When somebody last read the sources that its steps name.
    checked_on: date
    # Since when the law is as this rule says, where that is later than for all.
    holds_from: date | None = None
    note: Text | None = None
    steps: Annotated[list[StepRule], Field(min_length=1, max_length=10)]


class RuleBook(Shape):
    """All rules. The first that holds applies."""

    version: Text
    edited_by: Text
    # Since when the law is as the rules say. For an earlier day the answer warns that they may be wrong.
    holds_from: date
    topics: dict[Name, Topic]
    externals: dict[Name, Page]
    # Who helps where the place has nobody of this kind, or it is not known who that is.
    instead: dict[Name, Name]
    sources: dict[Name, Page]
    # Trusts that serve the whole of England: none of them is the trust of a place.
    everywhere: Trusts
    rules: Annotated[list[Rule], Field(min_length=1)]

    def is_old(self, rule: Rule, day: date) -> bool:
        """Whether a rule was last checked more than a year before a day."""
        return day - rule.checked_on > CHECKED_FOR

    def holding_from(self, rule: Rule) -> date:
        """The day from which the law is as a rule says."""
        return rule.holds_from or self.holds_from

    def topic_of(self, words: str) -> str | None:
        """The topic with this code or with another word for it; None when there is none."""
        wanted = " ".join(words.lower().replace("_", " ").split())
        return next((code for code, known in self.words() if known == wanted), None)

    def words(self) -> Iterator[tuple[str, str]]:
        """Yield each word for a topic: (topic, word)."""
        for code, topic in self.topics.items():
            for word in dict.fromkeys((code, topic.name, *topic.words)):
                yield code, " ".join(word.lower().replace("_", " ").split())

    def cases(self) -> Iterator[tuple[Matter, str | None, Level]]:
        """Yield every case that people can ask about: matter, topic, level."""
        yield from product(MATTERS, (None, *self.topics), LEVELS)

    def rule_for(self, matter: str, topic: str | None, level: str) -> Rule:
        """The first rule that holds. There is one for every matter."""
        return next(rule for rule in self.rules if rule.when.holds(matter, topic, level))


def faults(book: RuleBook) -> Iterator[tuple[Path, str]]:
    """Yield what is wrong with the rules as a whole: where, and why."""
    yield from faults_of_names(book)
    yield from repeated_ids("rules", [rule.id for rule in book.rules])
    first = {next((rule.id for rule in book.rules if rule.when.holds(*case)), None) for case in book.cases()}
    for number, rule in enumerate(book.rules):
        yield from faults_of_rule(book, rule, ("rules", number))
        if rule.id not in first:
            yield ("rules", number), "never applies: the rules before it cover all that it is for"
    for matter in MATTERS:
        general = (rule.when for rule in book.rules if rule.when.topic is None and rule.when.level is None)
        if not any(matter in when.matter for when in general):
            yield ("rules",), f"`{matter}` needs a rule without a topic and level, for everything else"


def faults_of_names(book: RuleBook) -> Iterator[tuple[Path, str]]:
    """Yield the words for whom the place decides that stand for nobody, and the words of two topics."""
    for word in LOCAL:
        if word not in book.instead:
            yield ("instead",), f"says nobody for `{word}`: name an external who helps where there is none"
    for word, other in book.instead.items():
        if word not in LOCAL or other not in book.externals:
            yield ("instead", word), f"must be one of {LOCAL_WORDS}, with somebody from `externals`"
    for at, trusts in trusts_of(book):
        if trusts.source not in book.sources:
            yield (*at, "source"), f"`{trusts.source}` does not stand under `sources`"
    topics: dict[str, str] = {}
    for code, word in book.words():
        if topics.setdefault(word, code) != code:
            yield ("topics", code), f"the word `{word}` already stands for `{topics[word]}`"


def trusts_of(book: RuleBook) -> Iterator[tuple[Path, Trusts]]:
    """Yield the lists of trusts: where they stand, and each."""
    yield ("everywhere",), book.everywhere
    for code, topic in book.topics.items():
        if topic.trusts:
            yield ("topics", code, "trusts"), topic.trusts


def faults_of_rule(book: RuleBook, rule: Rule, path: Path) -> Iterator[tuple[Path, str]]:
    """Yield the names in a rule that stand for nothing, and a wrong beginning where life is in danger."""
    if "urgent" in rule.when.matter and rule.steps[0].to not in EMERGENCY:
        yield (*path, "steps", 0, "to"), "an urgent matter must start with `999` or `111`"
    for place, topic in enumerate(rule.when.topic or ()):
        if topic not in book.topics:
            yield (*path, "when", "topic", place), f"`{topic}` does not stand under `topics`"
    for place, step in enumerate(rule.steps):
        at = (*path, "steps", place)
        if step.to not in LOCAL and step.to not in book.externals:
            yield (*at, "to"), f"nobody is called `{step.to}`: take {LOCAL_WORDS}, or add it to `externals`"
        if step.source not in book.sources:
            yield (*at, "source"), f"`{step.source}` does not stand under `sources`"


def repeated_ids(part: str, ids: Sequence[str]) -> Iterator[tuple[Path, str]]:
    """Yield the items of a list whose name an earlier one has."""
    for number, name in enumerate(ids):
        if name in ids[:number]:
            yield (part, number, "id"), f"another one is called `{name}`"
