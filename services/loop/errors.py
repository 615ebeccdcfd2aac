"""What can be wrong with a loop and with a step: for each, what to do about it."""

from shared.errors import Conflict, Forbidden, Problem


class Incomplete(Problem):
    """Something is missing or cannot stay as it is: change what the problem names."""

    status = 422


class ComplaintInLoop(Incomplete):
    """A loop cannot answer a complaint. If the person agrees, send it to the team that handles complaints."""


class FeedbackGone(Incomplete):
    """This feedback was withdrawn: leave it out."""


class FeedbackAboutOthers(Incomplete):
    """This feedback is about another body: leave it out, or name that body as the one that must answer."""


class AgreementRequired(Incomplete):
    """Feedback in this loop is about other bodies in your place. Each must agree first, at `/agreement`."""


class StepNotAllowed(Conflict):
    """The loop's state does not allow this step. `next` lists the steps that it allows."""


class LoopHalted(Conflict):
    """The loop is halted because feedback in it became a complaint. A named person must resume it first."""


class NotResponsible(Forbidden):
    """Only the body that must answer can do this. Ask that body, or use one of its keys."""


class FeedbackRequired(Incomplete):
    """Link at least one piece of feedback. Draft the loop again with the feedback it answers."""


class ModerationRequired(Incomplete):
    """Check that nobody can be recognised from the title or the summary, then set `moderated` to true."""


class OnlyCuts(Incomplete):
    """You may only cut. Send the loop's words with `[…]` in the place of what identifies somebody."""


class PreviewRequired(Incomplete):
    """Check who will be told. Read the preview of tellings and send its `preview_id`."""


class StatementGiven(Conflict):
    """The body has already attached its one statement. Say more in a decision or a commitment."""


class ReasonTooThin(Incomplete):
    """Give a reason that the people who asked for this can understand and question."""


class ConstraintRequired(Incomplete):
    """Name the amount, or say in `constraint` what prevents it."""


class RevisitRequired(Incomplete):
    """To decline, say what would change the answer, when you will look again, and how people can object.

    If you will never look again, say why in `final_because`.
    """


class OutcomeRequired(Incomplete):
    """Say in `people_will_notice` what people will notice, as a sentence: "People will notice that…"."""


class ActivityNotOutcome(Incomplete):
    """This is an activity. Say what will change for people, or say in `because` why the activity counts."""


class AcceptanceRequired(Incomplete):
    """The owning team has not accepted this commitment. It must accept first, at `/acceptance`."""


class AlreadyAccepted(Conflict):
    """The owning team has already accepted this commitment. You do not need to do anything."""


class AlreadyKept(Conflict):
    """This commitment has been kept. Make a new commitment for further work."""


class NotTheOwner(Forbidden):
    """Only the team named as the owner can do this. Use a key of that team."""


class EvidenceRequired(Incomplete):
    """Give evidence first: something people can see, read or measure, with its date."""


class NothingToLookAt(Incomplete):
    """Give something to look at: a file in `content`, or for an observation the `place` where it was seen."""


class SelfVerification(Forbidden):
    """Ask another organisation to judge this. You or your team have a part in this loop."""


class AlreadyVerified(Conflict):
    """Somebody has already judged this evidence. If you have more, give new evidence."""


class NotClaimed(Conflict):
    """Nobody currently claims a change on this evidence. The change must be claimed first."""


class VerdictNotOpen(Conflict):
    """You can give a verdict for 28 days after people were told. Look up your reply code to see the dates."""


class LoopToBeNamed(Incomplete):
    """More than one loop that answers this asks for a verdict. Name the one you mean in `loop_id`."""
