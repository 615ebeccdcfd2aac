"""Events on their way: from the outbox of one service until every consumer has taken them.

Where the time goes (two cores): about 450 µs of CPU an event. NATS and the gateway's worker take 95 each,
the workers of loop and feedback 85 each, PostgreSQL 60. All consumers wait for the relay, and the relay for
NATS: 40 to 80 ms for a batch of 500. When NATS wrote each event to disk by itself, that took 400 to 900 ms:
see docs/decisions/0045.
"""

import asyncio
import time
from collections.abc import AsyncGenerator, Mapping

import httpx2
import nats
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy

from deploy.broker_users import OPERATOR, broker_address
from deploy.local.ports import read_ports
from deploy.settled import UNPUBLISHED
from deploy.stage import stage_of
from shared.clock import now
from shared.db import Driver
from shared.events.feedback import FeedbackReceived
from shared.ids import new_id
from shared.outbox import outbox_values
from shared.outbox_notifier import CHANNEL
from tests.benchmarks.bench import Bench, connected
from tests.benchmarks.processes import cpu_spent, per_request, processes_of
from tests.benchmarks.rows import ROUNDS, Benchmark, Round, Row, Target
from tests.benchmarks.saying import BODY
from tests.fixtures.stack import Stack

EVENTS, FETCHED, LOOK_SECONDS = 3000, 500, 0.02
ROW = Row(
    "events",
    "events from the outbox to all consumers",
    "/s",
    "one bare consumer that takes the same events and acknowledges each",
    Target(at_least=2500),
)


async def save_events(connection: Driver) -> None:
    """Save many events together, and wake the relay."""
    rows = []
    for _ in range(EVENTS):
        event = FeedbackReceived(
            feedback_id=new_id(),
            kind="comment",
            state="received",
            reply_ref="measured",
            received_at=now(),
            organisations=(BODY,),
        )
        rows.append(tuple(outbox_values(event, 1).values()))
    columns = ["id", "partition", "aggregate_id", "sequence", "type", "body"]
    async with connection.transaction():
        await connection.copy_records_to_table("outbox", records=rows, columns=columns)
        await connection.execute(f"NOTIFY {CHANNEL}")


async def wait_until_taken(connection: Driver, broker_url: str) -> None:
    """Wait until nothing is left in the outbox or at a consumer."""
    async with httpx2.AsyncClient(base_url=broker_url) as broker:
        left = 1
        while left:
            await asyncio.sleep(LOOK_SECONDS)
            left = await connection.fetchval(UNPUBLISHED) or await count_untaken(broker)


async def count_untaken(broker: httpx2.AsyncClient) -> int:
    """How many events the consumers of feedback have not acknowledged."""
    answer = await broker.get("/jsz", params={"consumers": "true"})
    streams = [each for account in answer.json()["account_details"] for each in account["stream_detail"]]
    consumers = [found for each in streams for found in each.get("consumer_detail") or ()]
    return sum(int(each["num_pending"]) + int(each["num_ack_pending"]) for each in consumers)


async def bare_rate(stack: Stack) -> float:
    """How many of the events that came last a consumer takes in a second that does nothing with them."""
    url = f"nats://127.0.0.1:{read_ports(stack.home)['nats']}"
    client = await nats.connect(broker_address(url, stack.home.secrets, OPERATOR))
    try:
        stream = client.jetstream()
        last = (await stream.stream_info("FEEDBACK")).state.last_seq
        config = ConsumerConfig(
            deliver_policy=DeliverPolicy.BY_START_SEQUENCE,
            opt_start_seq=max(1, last - EVENTS + 1),
            ack_policy=AckPolicy.EXPLICIT,
            max_ack_pending=EVENTS,
        )
        pulled = await stream.pull_subscribe("feedback.>", stream="FEEDBACK", config=config)
        left, start = min(EVENTS, last), time.perf_counter()
        taken = left
        while left > 0:
            messages = await pulled.fetch(min(left, FETCHED))
            for message in messages:
                await message.ack()
            left -= len(messages)
        await client.flush()
        rate = taken / (time.perf_counter() - start)
        # Otherwise the next round would wait until the broker itself forgets it, after 5 s.
        await stream.delete_consumer("FEEDBACK", (await pulled.consumer_info()).name)
        return rate
    finally:
        await client.close()


async def rounds(bench: Bench) -> AsyncGenerator[Mapping[str, Round], None]:
    """Save events, wait until all are taken, and then take the same ones bare."""
    broker_url = stage_of(bench.stack.home).broker_url
    async with connected(bench.stack.settings["FEEDBACK_DATABASE_URL"]) as connection:
        for _ in range(ROUNDS):
            await wait_until_taken(connection, broker_url)
            with cpu_spent(processes_of(bench.stack)) as spent:
                start = time.perf_counter()
                await save_events(connection)
                await wait_until_taken(connection, broker_url)
                rate = EVENTS / (time.perf_counter() - start)
            yield {ROW.name: Round(rate, await bare_rate(bench.stack), per_request(spent, EVENTS))}


BENCHMARKS = (Benchmark((ROW,), rounds),)
