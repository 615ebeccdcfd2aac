"""The search over published feedback."""

from sqlalchemy import Select, func, select

from services.feedback.models import Feedback


def matching(words: str) -> Select[Feedback]:
    """Return the statement of published feedback whose masked text has these words."""
    query = func.websearch_to_tsquery("english", words)
    return select(Feedback).where(Feedback.state == "published", Feedback.searchable.op("@@")(query))
