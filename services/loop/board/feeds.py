"""The board as feeds: Atom (RFC 4287) and JSON Feed 1.1."""

from collections.abc import Iterator, Mapping

from services.loop.board.domain import last_update
from services.loop.board.schemas import BoardLoop, BoardOut
from shared.clock import day_in_england
from shared.events.loop import HaltedBy, Worded
from shared.feeds import NEVER, AtomEntry, FeedPlace, atom_feed
from shared.plain_words import ANSWERS, STATES
from shared.schemas import in_utc

JUDGED = {"another_organisation": "verified by others", "the_body_itself": "judged by the body itself"}
WORDED: Mapping[Worded, str] = {
    "as_raised": "",
    "cut": " (with cuts)",
    "changed_by_the_body": " (as changed by the body)",
    "changed_by_others": " (as changed by others)",
}
HALTED: Mapping[HaltedBy, str] = {
    "another_organisation": " by what another organisation sent",
    "the_body_itself": " by what the body itself sent",
}
JSON_FEED = "application/feed+json"


def title_of(board: BoardOut) -> str:
    """The title of a feed; a demonstration says so first."""
    mark = "Demonstration: " if board.demonstration else ""
    return f"{mark}You said, we did: {board.name}" if board.name else "You said, we did"


def headline(item: BoardLoop) -> str:
    """The title of an entry: which body, what, and how far it is; a demonstration says so first."""
    mark = "Demonstration: " if item.demonstration else ""
    body = f"{item.name}: " if item.name else ""
    title = item.title or "A matter whose title is not public yet"
    return f"{mark}{body}{title} ({STATES[item.closed_as or item.state].title})"


def entry_lines(item: BoardLoop) -> Iterator[str]:
    """The lines of an entry: said, decided, promised, done, told, and what people made of it."""
    if item.you_said:
        yield f"You said{WORDED[item.wording]}: {item.you_said}"
    if item.halted_at:
        by = HALTED[item.halted_by] if item.halted_by else ""
        yield f"Halted on {day_in_england(item.halted_at)}{by}: feedback in it became a complaint"
    if item.decided:
        reason = f": {item.decided.reason}" if item.decided.reason else ""
        yield f"Decided on {item.decided.decided_on}: the body {ANSWERS[item.decided.answer]}{reason}"
    for promise in item.promised:
        moved = f", first promised for {promise.original_due_on}" if promise.slips else ""
        kept = f", kept on {day_in_england(promise.kept_at)}" if promise.kept_at else ""
        yield f"Promised by {promise.due_on}{moved}{kept}: {promise.people_will_notice}"
    if item.done_at:
        yield f"Done: {JUDGED[item.judged_by or 'the_body_itself']}, first on {day_in_england(item.done_at)}"
    yield f"Told: {item.told.shown}. What people made of it: {item.verdicts.message}"
    if item.statement:
        yield f"The body says: {item.statement}"


def json_feed(board: BoardOut, place: FeedPlace) -> dict[str, object]:
    """The board as a JSON Feed."""
    links = {"home_page_url": place.home_url, "feed_url": place.own_url} if place.public_url else {}
    return {
        "version": "https://jsonfeed.org/version/1.1",
        "title": title_of(board),
        **links,
        "language": "en-GB",
        "authors": [{"name": board.name or "Doorway"}],
        "items": [json_item(item, place.url_of(item.path)) for item in board.items],
    }


def json_item(item: BoardLoop, url: str | None) -> dict[str, object]:
    """One loop as a JSON Feed has it."""
    return {
        "id": f"urn:uuid:{item.loop_id}",
        **({"url": url} if url else {}),
        "title": headline(item),
        "content_text": "\n".join(entry_lines(item)),
        "date_modified": in_utc(item.updated_at),
        "tags": ["demonstration"] if item.demonstration else [],
    }


def atom(board: BoardOut, place: FeedPlace) -> bytes:
    """The board as an Atom feed."""
    about = board.organisation_id or board.footprint_id
    entries = (
        AtomEntry(
            urn=f"urn:uuid:{item.loop_id}",
            title=headline(item),
            updated=item.updated_at,
            link=place.url_of(item.path),
            content="\n".join(entry_lines(item)),
            categories=("demonstration",) if item.demonstration else (),
        )
        for item in board.items
    )
    return atom_feed(
        entries,
        urn=f"urn:uuid:{about}" if about else "urn:doorway:board",
        title=title_of(board),
        updated=last_update(board, NEVER),
        author=board.name or "Doorway",
        place=place,
    )
