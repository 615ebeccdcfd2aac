"""Each number with a unit on a page is the number in the code: whoever changes one finds the other."""

import re
from datetime import timedelta

import pytest

from deploy.compose.containers import METRICS_PORT
from deploy.doctor.machine import READY_SECONDS_MAX
from deploy.doctor.positions import POSITIONS
from deploy.local.broker import WRITTEN_SECONDS
from deploy.local.ports import GATEWAY_PORT
from deploy.protocol import HEAD_BYTES_MAX, HEAD_SECONDS
from deploy.serving import IDLE_SECONDS
from services.feedback.batches.domain import LOOKUPS_MAX, SMALL_LINES
from services.feedback.batches.lines import LINES_MAX
from services.feedback.bodies.cache import BodyCache
from services.feedback.bodies.heirs import READS_ON
from services.feedback.codes import WRONG_PER_MINUTE
from services.feedback.items.bulk import BATCH
from services.feedback.moderation.retention import ERASED_TOGETHER
from services.feedback.sending.domain import RETRY_MINUTES
from services.feedback.sources import health, silence
from services.feedback.sources.queries import ATTEMPTS_SHOWN
from services.feedback.sources.tasks import RAW_KEPT
from services.gateway.audit.refusals import KINDS_MAX, KINDS_OF_CLIENT_MAX
from services.gateway.clients.domain import LIVE_KEYS_MAX
from services.gateway.entrance.addresses import MARK_DAYS
from services.gateway.entrance.middleware import LINES
from services.gateway.proxy.body import WHOLE_BYTES
from services.gateway.proxy.upstream import TOKEN_REUSE_SECONDS
from services.gateway.webhooks import domain as webhooks
from services.gateway.webhooks.queue import PLACES_WHEN_FAILING, Places
from services.gateway.webhooks.schedule import ATTEMPTS_MAX, WAITS
from services.loop.clocks.domain import DRAFT_WORKING_DAYS, LIMITS
from services.loop.copies.domain import LOOK_SECONDS, LOOKS_MAX
from services.loop.core.prose import WORDS_OF_A_REASON, WORDS_OF_AN_OUTCOME
from services.loop.core.queries import HEIR_NAMED_WITHIN
from services.loop.evidence.schemas import FILE_BYTES_MAX
from services.loop.tellings.progress import TOLD_SHARE
from services.loop.verdicts.closing import THRESHOLDS
from services.registry.appointments.queries import STALE_AFTER
from services.registry.bodies.restated import FRESH_FOR
from services.registry.knocks.domain import COUNTS_FOR, KNOCKS_A_DAY_MAX, SILENT_AFTER
from services.registry.knocks.queries import SOURCES_MIN
from services.registry.ledger.views import KNOWN_FOR
from services.registry.stakeholders.consent import YEARS_MAX
from services.registry.stakeholders.domain import PUBLISHED_BEFORE
from services.registry.suggestions.domain import FORGOTTEN_AFTER, LAPSES_AFTER, SENDER_FORGOTTEN_AFTER
from services.registry.suggestions.senders import OF_SENDER_ANYWHERE_MAX, OF_SENDER_MAX
from shared.auth import TOKEN_SECONDS
from shared.bus import DUPLICATE_WINDOW_SECONDS
from shared.consuming import TRIES
from shared.db import HUNG_SECONDS
from shared.idempotency import KEPT
from shared.life import ALIVE_SECONDS_MAX
from shared.manifest import manifests
from shared.middleware import BODY_BYTES_PER_SECOND, BODY_SECONDS
from shared.outbox import PARTITIONS, SILENCE_SECONDS
from shared.outbox_notifier import OutboxNotifier
from shared.positions import LATE
from tests.repository.numbers import series, setting, tidied_after
from tests.repository.tree import ROOT

NUMBERS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
WORDS = {word: number for number, word in enumerate(NUMBERS, 1)}
UNIT = (
    r"(?:working days|complete quarters|ms|seconds?|minutes?|hours?|days?|years?|KiB|MiB|times|partitions)\b"
)
WORD_BEFORE_UNIT = re.compile(
    rf"\b({'|'.join(WORDS)})(?= {UNIT}| attempts| reply codes| live| organisations)"
)
NUMBER = re.compile(rf"\b\d[\d,]*(?: |\*\* )?(?<= ){UNIT}")
KIB = 1024
OUTBOX, INBOX, ANSWERS = map(tidied_after, ("outbox", "inbox", "idempotency"))
(STREAMS,) = {each.stream_days for each in manifests().values() if each.stream_days}
ANEW = int(re.findall(r"interval '(\d+) days'", POSITIONS)[0])
ARRIVAL = setting("feedback", "arrival_seconds")
(BATCH_BYTES_MAX,) = {each.body_bytes_max for each in manifests()["feedback"].routes if each.body_bytes_max}
WAITING_MAX = setting("feedback", "source_waiting_bytes_max") // KIB**2
MAPPED_MAX = setting("feedback", "source_mapped_bytes_max") // KIB**2
PLACES = Places(setting("gateway", "webhook_in_flight"))
HOURS = [each // timedelta(hours=1) for each in WAITS[3:]]
SPAN = f"{ATTEMPTS_MAX} times over about {round(sum(WAITS, timedelta()) / timedelta(hours=1))} hours"
OLD_SECRET = webhooks.OLD_SECRET_KEPT // timedelta(hours=1)
# What a page says, in its own words, with the numbers of the code.
SAID = {
    "docs/operations.md": [
        f"gateway gets {GATEWAY_PORT}",
        f"it is {METRICS_PORT}, on",
        f"port: {METRICS_PORT} ```",
        f"nobody confirmed for {STALE_AFTER.days} days",
        f"nobody answered in {SILENT_AFTER.days} days",
        f"end within {PUBLISHED_BEFORE.days} days",
        f"ready file is older than {READY_SECONDS_MAX} seconds",
        f"`doorway_consumer_late_seconds` over {LATE.total_seconds():.0f}",
        f"again after {series(RETRY_MINUTES[:3])} minutes",
        f"and then after {series([each // 60 for each in RETRY_MINUTES[3:6]])} hours",
        f"tries {len([each for each in RETRY_MINUTES if each == 1440])} times more, a day apart",
        f"fails on an event {TRIES} times",
        f"events of the last {OUTBOX} days were published again. The doctor notes it for {ANEW} days",
        f"lost more than {OUTBOX} days",
        f"keeps events for {STREAMS} days",
        f"more than {LATE // timedelta(minutes=1)} minutes behind",
        f"{ERASED_TOGETHER} pieces in a transaction",
        f"the events of the last {OUTBOX} days again",
        f"begun with {TRIES} times",
        f"done nothing for {ALIVE_SECONDS_MAX} seconds",
        f"outbox rows {OUTBOX} days after",
        f"inbox rows after {INBOX} days and kept answers after {ANSWERS} hours",
        f"raw payloads {RAW_KEPT.days} days after mapping",
        f"Streams keep events for {STREAMS} days",
        f"write to disk every {WRITTEN_SECONDS} seconds",
        f"at most {WAITING_MAX} MiB wait to be mapped",
        f"{MAPPED_MAX} MiB of it are kept",
        f"before the {RAW_KEPT.days} days",
    ],
    "docs/architecture.md": [
        f"the board of its last place {HEIR_NAMED_WITHIN.days} days",
        f"at most one in {OutboxNotifier.INTERVAL_SECONDS * 1000:.0f} ms",
        f"it is one in {OutboxNotifier.BUSY_SECONDS * 1000:.0f} ms",
        f"{PARTITIONS} partitions",
        f"within {DUPLICATE_WINDOW_SECONDS // 60} minutes",
        f"tries {TRIES} times",
        f"up to {ARRIVAL} seconds",
        f"events of the last {OUTBOX} days",
        f"after {SILENCE_SECONDS} seconds (the relay's) or {HUNG_SECONDS} seconds",
    ],
    "docs/api.md": [
        f"had again for {KEPT // timedelta(hours=1)} hours",
        f"For {KEPT // timedelta(hours=1)} hours, the same key",
        f"up to {ARRIVAL} seconds",
        f"up to {LINES_MAX:,} pieces in {BATCH_BYTES_MAX // KIB**2} MiB",
        f"Up to {LOOKUPS_MAX:,} lines",
        f"in the last {BodyCache.SECONDS} seconds",
        f"use up: {WRONG_PER_MINUTE} in a minute by a client",
        f"by an address, and {LINES} times as many",
        f"after {WRONG_PER_MINUTE} wrong ones in a minute",
        f"{OF_SENDER_MAX} suggestions about a body waiting, and {OF_SENDER_ANYWHERE_MAX} in all",
        f"after {DRAFT_WORKING_DAYS} working days",
    ],
    "docs/webhooks.md": [
        f"deliveries after {setting('gateway', 'webhook_kept_days')} days",
        f"the last {ATTEMPTS_SHOWN} posts",
        f"while {WAITING_MAX} MiB of it wait",
        f"deleted {RAW_KEPT.days} days after",
        f"within {setting('gateway', 'webhook_timeout_seconds')} seconds",
        SPAN,
        f"both sign for {OLD_SECRET} hours",
    ],
    "docs/registry.md": [
        f"`is_current` is true for {STALE_AFTER.days} days",
        f"`fresh` for {FRESH_FOR.days} days",
        f"older than {KNOWN_FOR.days // 365} years",
    ],
    "docs/registry-writing.md": [
        f"A key of the body itself reads for {READS_ON.days} days",
        f"After {SILENT_AFTER.days} days it becomes `silence`",
        f"within {FORGOTTEN_AFTER.days} days",
        f"hash of the network for {SENDER_FORGOTTEN_AFTER.days} days",
        f"for {YEARS_MAX} years at most",
        f"comes after {SILENT_AFTER.days} days, and you may knock {KNOCKS_A_DAY_MAX} times a day",
        f"lapsed after {LAPSES_AFTER.days} days",
        f"lasts {YEARS_MAX} years at most",
    ],
    "services/feedback/README.md": [f"give up to {LINES_MAX:,} lines"],
    "docs/decisions/0048-large-batches.md": [
        f"up to {LINES_MAX:,} lines in {BATCH_BYTES_MAX // KIB**2} MiB",
        f"pieces of {BATCH} lines",
        f"at most {LOOKUPS_MAX:,} of them",
        f"more than {SMALL_LINES:,} lines at a time",
    ],
    "SECURITY.md": [f"valid for {TOKEN_SECONDS} seconds"],
    "services/feedback/sources/README.md": [
        f"over {setting('feedback', 'body_bytes_max') // KIB**2} MiB",
        f"{RAW_KEPT.days} days after",
        f"counts the last {health.WEEK.days} days, or the last {silence.COUNTED_MAX} payloads",
        f"the {silence.LOOKED_BACK.days} days before its last post",
        f"at least {health.QUIET_MIN // timedelta(hours=1)} hours",
        f"Until it has paused {health.PAUSES_MIN} times it is {health.UNTIL_KNOWN.days} days",
    ],
    "services/gateway/README.md": [
        f"at most {LIVE_KEYS_MAX} live ones",
        f"Beyond {KINDS_OF_CLIENT_MAX} kinds a minute of a client, and {KINDS_MAX} without a key",
        f"away for {setting('gateway', 'keys_stale_seconds')} seconds",
        f"valid for {TOKEN_SECONDS} seconds, reused for {TOKEN_REUSE_SECONDS}",
        f"changes every {MARK_DAYS} days",
        f"headers may take {HEAD_SECONDS:.0f} seconds and {HEAD_BYTES_MAX // KIB} KiB",
        f"A body may take {BODY_SECONDS:.0f} seconds",
        f"one more for each {BODY_BYTES_PER_SECOND // KIB} KiB",
        f"A body up to {WHOLE_BYTES // KIB} KiB",
        f"send {setting('gateway', 'upstream_streams')} of them at a time",
        f"closed after {IDLE_SECONDS} seconds",
    ],
    "services/gateway/webhooks/README.md": [
        f"**{setting('gateway', 'webhook_timeout_seconds')} seconds.**",
        f"within {setting('gateway', 'webhook_timeout_seconds')} seconds",
        SPAN,
        f"are {WAITS[0].seconds} seconds",
        f", {WAITS[1].seconds // 60} minutes, {WAITS[2].seconds // 60} minutes, then {series(HOURS)} hours",
        f"has failed {ATTEMPTS_MAX} times",
        f"{ATTEMPTS_MAX} attempts failed",
        f"({PLACES.total}), one endpoint has at most {PLACES.of_endpoint}",
        f"one organisation at most {PLACES.of_organisation}",
        f"An endpoint whose last attempts failed has {PLACES_WHEN_FAILING}",
        f"deliveries for {setting('gateway', 'webhook_kept_days')} days",
        f"For {OLD_SECRET} hours every request",
    ],
    "services/loop/README.md": [
        f"when {TOLD_SHARE * 10:.0f} in 10 of the people",
        f"from at least {THRESHOLDS.contested_share * 10:.0f} in 10, with",
        f"with at least {THRESHOLDS.verdicts_min} verdicts",
        f"fewer than {THRESHOLDS.verdicts_min} verdicts, or",
        f"or than {THRESHOLDS.verdicts_share * 10:.0f} in 10 of those asked",
        f"from at least {THRESHOLDS.confirmed_share * 10:.0f} in 10, also",
        f"at least {WORDS_OF_A_REASON} words without stock phrases; at least {WORDS_OF_AN_OUTCOME} words",
        f"waits {LOOKS_MAX * LOOK_SECONDS:.0f} seconds",
        f"{LIMITS['acknowledge'].working_days} working days from opening",
        f", {LIMITS['decide'].working_days} from acknowledgement",
        f"{LIMITS['read'].working_days} working days from the receipt",
        f"`/resumption`, after {LIMITS['look'].working_days} working days",
        f"{LIMITS['look'].working_days} working days from their first hiding",
        f"{LIMITS['update'].days} days from the last telling",
        f"{LIMITS['verdict'].days} days from telling",
        f"as a no | after {DRAFT_WORKING_DAYS} working days",
        f"at most {FILE_BYTES_MAX // KIB} KiB",
    ],
    "services/registry/README.md": [
        f"make {manifests()['registry'].limits['suggestion'].per_minute} suggestions a minute",
        f"{OF_SENDER_MAX} about a body and {OF_SENDER_ANYWHERE_MAX} in all may wait",
        f"silent to {SOURCES_MIN} organisations or more",
        f"nobody verified for {STALE_AFTER.days} days",
        f"forgotten after {FORGOTTEN_AFTER.days} days",
        f"lapses after {LAPSES_AFTER.days}",
        f"`silence` after {SILENT_AFTER.days} days. A client may record {KNOCKS_A_DAY_MAX} a day",
        f"nobody confirmed it for {STALE_AFTER.days} days",
        f"within {COUNTS_FOR.days} days. At most once in {COUNTS_FOR.days} days",
        f"ends within {PUBLISHED_BEFORE.days} days",
        "the last 4 complete quarters",
    ],
}
# Numbers that are no limit of ours: an example, what a library does, what was measured, what was rounded.
OF_NO_LIMIT = (
    "an outage of 30 seconds",
    "unhealthy after about 2 minutes",
    "The default of 2 minutes",
    "after about 20 seconds at 20 events a second, and after about 55 seconds at 40",
    "in the next 41 seconds",
    "say so within 5 seconds",
    "more than 5 minutes off",
    "at most 5 minutes off",
    "has 2 times:",
    "every 2 to 3 minutes for 10 hours",
    "every 20 minutes, 72 times",
)
every_page = pytest.mark.parametrize("page", SAID)


def text_of(page: str) -> str:
    """A page on one line, without where its links lead, and with figures before units."""
    text = re.sub(r"\]\([^)]*\)", "]", (ROOT / page).read_text()).replace("half a minute", "30 seconds")
    line = re.sub(r"\s+", " ", text.replace(" twice more", " 2 times more"))
    return WORD_BEFORE_UNIT.sub(lambda found: str(WORDS[found[1]]), line)


@every_page
def test_a_page_says_the_limits_of_the_code(page: str) -> None:
    assert [each for each in SAID[page] if each not in text_of(page)] == []


@every_page
def test_every_number_with_a_unit_is_compared_with_the_code(page: str) -> None:
    text = text_of(page)
    compared = [
        found.span() for each in (*SAID[page], *OF_NO_LIMIT) for found in re.finditer(re.escape(each), text)
    ]
    left = [
        text[max(0, found.start() - 40) : found.end()]
        for found in NUMBER.finditer(text)
        if not any(begin <= found.start() and found.end() <= end for begin, end in compared)
    ]
    assert left == []
