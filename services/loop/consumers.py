"""Which events the loop listens to, and what it does with each: one table."""

from collections.abc import Mapping
from typing import Any

from services.loop.copies.domain import close_footprint, keep_feedback, keep_footprint, keep_organisation
from services.loop.history.erasing import forget
from services.loop.inheritance.domain import inherit
from services.loop.tellings.outcomes import delivered, failed, held
from shared.consuming import Handler
from shared.events import feedback, registry

# What comes after: once for each event, in the transaction that remembers it.
REACTIONS: Mapping[Any, Handler] = {
    feedback.FeedbackWithdrawn: forget,
    feedback.FeedbackErased: forget,
    feedback.TellingDelivered: delivered,
    feedback.TellingFailed: failed,
    feedback.TellingHeld: held,
    registry.FootprintSucceeded: inherit,
}
COPIES: Mapping[Any, Handler] = {
    feedback.FeedbackReceived: keep_feedback,
    feedback.FeedbackRead: keep_feedback,
    feedback.FeedbackThemed: keep_feedback,
    feedback.FeedbackPublished: keep_feedback,
    feedback.FeedbackWithheld: keep_feedback,
    feedback.FeedbackRevised: keep_feedback,
    feedback.FeedbackWithdrawn: keep_feedback,
    feedback.FeedbackErased: keep_feedback,
    feedback.FeedbackUrgent: keep_feedback,
    feedback.FeedbackUnsubscribed: keep_feedback,
    feedback.FeedbackRestated: keep_feedback,
    registry.FootprintRegistered: keep_footprint,
    registry.FootprintChanged: keep_footprint,
    registry.FootprintRestated: keep_footprint,
    registry.FootprintSucceeded: keep_footprint,
    registry.FootprintWithdrawn: close_footprint,
    registry.OrganisationRegistered: keep_organisation,
    registry.OrganisationChanged: keep_organisation,
    registry.OrganisationRestated: keep_organisation,
}
