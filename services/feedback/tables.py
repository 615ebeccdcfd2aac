"""Every table of the feedback service, whichever slice it belongs to."""

from services.feedback.contributors.models import Reach
from services.feedback.counts.models import ClosedCount
from services.feedback.files.models import SentFile
from services.feedback.heard.models import HeardCount
from services.feedback.loops.models import LoopPromise
from services.feedback.models import Base
from services.feedback.moderation.models import PublishingRule
from services.feedback.published.models import PublishedCount
from services.feedback.sending.models import Mail, Sending, Suppression
from services.feedback.sources.models import Source
from services.feedback.themes.models import ThemeRefusal

__all__ = [
    "Base",
    "ClosedCount",
    "HeardCount",
    "LoopPromise",
    "Mail",
    "PublishedCount",
    "PublishingRule",
    "Reach",
    "Sending",
    "SentFile",
    "Source",
    "Suppression",
    "ThemeRefusal",
]
