"""A plain model of the rules of a loop, written apart from the product: what is refused, and what follows."""

from dataclasses import dataclass, field
from datetime import date, datetime

Team = tuple[str, str]  # body, team
DECLINED = ("cannot", "will_not")
PUBLIC = (
    "open",
    "acknowledged",
    "considering",
    "decided",
    "committed",
    "in_progress",
    "change_claimed",
    "evidence_check",
    "telling",
    "verdict_open",
    "contested",
)


@dataclass
class Person:
    """Somebody who acts: for a body, in a team."""

    name: str
    body: str
    team: str


@dataclass
class Shown:
    """A piece of evidence."""

    giver: Person
    promise: int | None
    is_minute: bool
    on: date
    judged: bool = False


@dataclass
class Promise:
    """A commitment."""

    owner: Team
    due: date
    first_due: date
    slips: int = 0
    counted: date | None = None
    accepted_by: str | None = None
    claimer: Person | None = None
    kept: bool = False


@dataclass
class LoopModel:
    """A loop by the rules."""

    drafted_on: date
    # Everybody who drafted, decided, promised, accepted, revised, claimed or showed something.
    hands: list[Person]
    state: str = "draft"
    length: int = 1
    moderated: bool = False
    stated: bool = False
    outcome: str | None = None
    slips: int = 0
    promises: list[Promise] = field(default_factory=list)
    shown: list[Shown] = field(default_factory=list)
    clocks: list[tuple[str, datetime]] = field(default_factory=list)
    met: list[tuple[str, datetime]] = field(default_factory=list)

    def reading(self, received_at: datetime, read_at: datetime | None) -> None:
        """Wait for a person to read what was said, if nobody has."""
        self.start("read", received_at)
        if read_at:
            self.meet("read")

    def to(self, state: str) -> None:
        """Go on to a state; each step is an entry of the history."""
        self.state, self.length = state, self.length + 1

    def start(self, kind: str, at: datetime) -> None:
        """Start a clock, instead of one of its kind."""
        self.meet(kind)
        self.clocks.append((kind, at))

    def meet(self, kind: str) -> None:
        """Stop the clock of a kind."""
        self.met += [clock for clock in self.clocks if clock[0] == kind]
        self.clocks = [clock for clock in self.clocks if clock[0] != kind]

    def opening(self, at: datetime, moderated: bool) -> str | None:
        """Open a draft, or moderate an open loop."""
        if self.state == "closed":
            return "step_not_allowed"
        if not (self.moderated or moderated):
            return "moderation_required"
        if self.state == "draft":
            self.start("acknowledge", at)
        self.moderated |= moderated
        self.to("open" if self.state == "draft" else self.state)
        return None

    def acknowledgement(self, at: datetime, moderated: bool, previewed: bool) -> str | None:
        """Acknowledge; refused, the loop is as it was, also if it would have been opened."""
        if self.state == "draft" and not moderated:
            return "moderation_required"
        if self.state not in {"draft", "open"}:
            return "step_not_allowed"
        if not previewed:
            return "preview_required"
        if self.state == "draft" or (moderated and not self.moderated):
            self.opening(at, moderated)
        self.meet("acknowledge")
        self.start("decide", at)
        self.to("acknowledged")
        return None

    def consideration(self) -> str | None:
        """Begin to consider."""
        if self.state not in {"acknowledged", "contested"}:
            return "step_not_allowed"
        self.to("considering")
        return None

    def decision(self, who: Person, outcome: str, flaw: str | None, at: datetime) -> str | None:
        """Decide; the flaw is what the request lacks."""
        if self.state not in {"acknowledged", "considering"}:
            return "step_not_allowed"
        if flaw == "reason_too_thin" and outcome in (*DECLINED, "will_do_part"):
            return flaw
        if flaw == "constraint_required" and outcome in (*DECLINED, "will_do_part"):
            return flaw
        if flaw == "revisit_required" and outcome in DECLINED:
            return flaw
        early = [each for each in self.shown if each.on < self.drafted_on and not each.is_minute]
        if outcome == "already_done" and not [e for e in early if e.promise is None and not e.judged]:
            return "evidence_required"
        self.meet("decide")
        self.meet("revisit")
        self.outcome = outcome
        self.hands.append(who)
        if outcome in DECLINED:
            self.start("revisit", at)
        self.to(
            "telling" if outcome in DECLINED else "evidence_check" if outcome == "already_done" else "decided"
        )
        return None

    def statement(self) -> str | None:
        """Attach the one statement."""
        if self.state not in PUBLIC:
            return "step_not_allowed"
        if self.stated:
            return "statement_given"
        self.stated = True
        self.to(self.state)
        return None

    def commitment(self, owner: Team, due: date, flaw: str | None) -> str | None:
        """Promise something."""
        if self.state not in {"decided", "committed", "in_progress", "contested"}:
            return "step_not_allowed"
        if flaw:
            return flaw
        self.promises.append(Promise(owner, due, due))
        self.to("in_progress" if self.state == "in_progress" else "committed")
        return None

    def acceptance(self, promise: Promise, who: Person) -> str | None:
        """Accept a promise."""
        if self.state not in {"committed", "in_progress", "contested"}:
            return "step_not_allowed"
        if promise.accepted_by:
            return "already_accepted"
        promise.accepted_by = who.name
        self.hands.append(who)
        self.to("in_progress")
        return None

    def revision(self, promise: Promise, who: Person, due: date, flaw: str | None, on: date) -> str | None:
        """Move a due date."""
        if self.state not in {"committed", "in_progress", "contested"}:
            return "step_not_allowed"
        if promise.kept:
            return "already_kept"
        if due == promise.due or due <= on:
            return "invalid"
        if flaw:
            return flaw
        if due > promise.due and promise.counted != promise.due:
            promise.slips, self.slips = promise.slips + 1, self.slips + 1
        promise.due = due
        self.hands.append(who)
        self.to("in_progress" if self.state == "contested" else self.state)
        return None

    def slip(self, on: date) -> int:
        """Count the due dates that have passed; return how many."""
        if self.state not in PUBLIC:
            return 0
        late = [p for p in self.promises if not p.kept and p.due < on and p.counted != p.due]
        for promise in late:
            promise.counted, promise.slips = promise.due, promise.slips + 1
            self.slips += 1
            self.to(self.state)
        return len(late)

    def evidence(self, given: Shown) -> str | None:
        """Show something."""
        if given.promise is None:
            allowed = self.state in {"acknowledged", "considering", "evidence_check"}
        else:
            allowed = self.state in {"in_progress", "contested", "change_claimed", "evidence_check"}
        if not allowed:
            return "step_not_allowed"
        if given.promise is not None and self.promises[given.promise].kept:
            return "already_kept"
        self.shown.append(given)
        self.hands.append(given.giver)
        self.to(self.state)
        return None

    def change_claim(self, number: int, who: Person) -> str | None:
        """Claim that a promise is kept."""
        promise = self.promises[number]
        if self.state not in {"in_progress", "contested"}:
            return "step_not_allowed"
        if not promise.accepted_by:
            return "acceptance_required"
        if promise.kept:
            return "already_kept"
        left = [each for each in self.shown if each.promise == number and not each.judged]
        if not left:
            return "evidence_required"
        if all(each.is_minute for each in left):
            return "activity_not_outcome"
        promise.claimer = who
        self.hands.append(who)
        self.to("change_claimed")
        return None

    def verification(self, shown: Shown, who: Person, accept: bool) -> str | None:
        """Judge a piece of evidence."""
        if self.state not in {"change_claimed", "evidence_check"}:
            return "step_not_allowed"
        promise = self.promises[shown.promise] if shown.promise is not None else None
        claimed = promise.claimer and not promise.kept if promise else self.outcome == "already_done"
        if not claimed:
            return "not_claimed"
        if shown.judged:
            return "already_verified"
        if self.has_a_part(who):
            return "self_verification"
        if accept and shown.is_minute:
            return "activity_not_outcome"
        shown.judged = True
        self.settle(shown, promise, accept)
        return None

    def has_a_part(self, who: Person) -> bool:
        """Tell whether somebody did, or owns, something in the loop."""
        names = {each.name for each in self.hands}
        teams = {(each.body, each.team) for each in self.hands} | {each.owner for each in self.promises}
        return who.name in names or (who.body, who.team) in teams

    def settle(self, shown: Shown, promise: Promise | None, accept: bool) -> None:
        """Go where a judgement leads."""
        left = [each for each in self.shown if each.promise == shown.promise and not each.judged]
        if accept and promise:
            promise.kept = True
        if accept:
            self.to("telling" if all(each.kept for each in self.promises) else "in_progress")
        elif any(not each.is_minute for each in left):
            self.to("evidence_check")
        else:
            if promise:
                promise.claimer = None
            self.to("in_progress" if promise else "considering")

    def contest(self) -> None:
        """Take everything up again."""
        for promise in self.promises:
            promise.kept, promise.claimer = False, None
        self.to("contested")
