"""The events that the loop reads, and what it does with each: one table."""

from collections.abc import Mapping

from services.loop.copies.domain import (
    keep_feedback,
    keep_footprints,
    keep_organisations,
    keep_reach,
)
from services.loop.inheritance.domain import hand_on_loops
from services.loop.loops.erasing import erase_contribution
from services.loop.loops.halting import catch_up, halt_if_complaint
from services.loop.tellings.progress import record_delivery, record_failure, record_hold
from shared.consumers import Copier, Handler
from shared.events import Event, feedback, registry

# Each takes effect once for each event, in the transaction that remembers the event.
REACTIONS: Mapping[type[Event], Handler] = {
    feedback.FeedbackWithdrawn: erase_contribution,
    feedback.FeedbackErased: erase_contribution,
    feedback.FeedbackRevised: halt_if_complaint,
    feedback.FeedbackRestated: catch_up,
    feedback.TellingDelivered: record_delivery,
    feedback.TellingFailed: record_failure,
    feedback.TellingHeld: record_hold,
    registry.FootprintSucceeded: hand_on_loops,
    registry.OrganisationSucceeded: hand_on_loops,
}
COPIES: Mapping[type[Event], Copier] = {
    feedback.FeedbackReceived: keep_feedback,
    feedback.FeedbackRead: keep_feedback,
    feedback.FeedbackThemed: keep_feedback,
    feedback.FeedbackPublished: keep_feedback,
    feedback.FeedbackWithheld: keep_feedback,
    feedback.FeedbackForwarded: keep_feedback,
    feedback.FeedbackRevised: keep_feedback,
    feedback.FeedbackWithdrawn: keep_feedback,
    feedback.FeedbackErased: keep_feedback,
    feedback.FeedbackUrgent: keep_feedback,
    feedback.FeedbackRestated: keep_feedback,
    feedback.ReachAssessed: keep_reach,
    registry.FootprintRegistered: keep_footprints,
    registry.FootprintChanged: keep_footprints,
    registry.FootprintRestated: keep_footprints,
    registry.FootprintSucceeded: keep_footprints,
    registry.FootprintWithdrawn: keep_footprints,
    registry.OrganisationRegistered: keep_organisations,
    registry.OrganisationChanged: keep_organisations,
    registry.OrganisationSucceeded: keep_organisations,
    registry.OrganisationRestated: keep_organisations,
}
