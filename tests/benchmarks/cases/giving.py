"""Giving feedback: at the service and through the gateway, beside PostgreSQL doing the same."""

from collections.abc import AsyncGenerator, Mapping

from shared.db import Driver
from tests.benchmarks.bench import Bench, connected
from tests.benchmarks.limits import insert_like, pgbench
from tests.benchmarks.load import LIVEZ, Measured, loaded
from tests.benchmarks.processes import Seconds, cpu_spent, micros_per_request, per_request, processes_of
from tests.benchmarks.rows import ROUNDS, Benchmark, NotMeasured, Round, Row, Target
from tests.benchmarks.saying import BODY, SCOPES, Said, make_body_known, signed

SECONDS = 3.0
BACKLOG_SECONDS = 120
LIMIT = "pgbench storing the same rows in one statement"
AT_SERVICE = Row(
    "feedback-service",
    "`POST /v1/feedback` at the service, all running",
    "/s",
    LIMIT,
    Target(ratio_at_least=0.30),
)
AT_GATEWAY = Row(
    "feedback-gateway",
    "the same through the gateway, with key, scope and limit",
    "/s",
    LIMIT,
    Target(ratio_at_least=0.20),
)
CPU = Row(
    "gateway-cpu",
    "the gateway's own CPU for one such request",
    "µs",
    "what its own `/livez` costs it",
    Target(at_most=250),
)
ALONE = Row(
    "feedback-alone",
    "`POST /v1/feedback` at the service, with no worker",
    "/s",
    LIMIT,
    Target(ratio_at_least=0.45),
)
LATEST = "SELECT id, reply_code_id FROM feedback ORDER BY id DESC LIMIT 1"


async def storing_statement(connection: Driver) -> str:
    """The statement that stores a piece of feedback like the latest, with its reply code and its event."""
    latest = await connection.fetchrow(LATEST)
    if latest is None:
        raise NotMeasured("no feedback is stored")
    ref = {"reply_ref": "gen_random_uuid()::text"}
    code = await insert_like(
        connection, "reply_code", "id", latest["reply_code_id"], {"id": "(SELECT c FROM ids)", **ref}
    )
    ids = {"id": "(SELECT f FROM ids)", "reply_code_id": "(SELECT c FROM ids)"}
    feedback = await insert_like(connection, "feedback", "id", latest["id"], {**ids, **ref})
    # It is published already, or the relay would send what pgbench stores.
    event = {"id": "uuidv7()", "aggregate_id": "(SELECT f FROM ids)", "published_at": "now()"}
    outbox = await insert_like(connection, "outbox", "aggregate_id", latest["id"], event)
    both = f"a AS ({code}), b AS ({feedback})"
    return f"WITH ids AS (SELECT uuidv7() AS c, uuidv7() AS f), {both} {outbox}"


async def given(bench: Bench, url: str, headers: Mapping[str, str]) -> tuple[Measured, Seconds]:
    """Give feedback for some seconds; what CPU it costs counts until all of it is settled."""
    with cpu_spent(processes_of(bench.stack)) as spent:
        done = await loaded(url, [Said().request()], SECONDS, headers)
        await bench.stack.settled(BACKLOG_SECONDS)
    return done, spent


async def rounds(bench: Bench) -> AsyncGenerator[Mapping[str, Round], None]:
    """Give feedback to a whole stack, at the service and at the gateway."""
    url = bench.stack.settings["FEEDBACK_DATABASE_URL"]
    async with connected(url) as connection:
        await make_body_known(connection)
        key = await bench.stack.key("giving", *SCOPES, organisation=BODY)
        keyed, tokened = {"Authorization": f"Bearer {key}"}, signed(bench.stack, "feedback")
        at = bench.stack.settings["GATEWAY_FEEDBACK_URL"]
        await loaded(at, [Said().request()], 0.5, tokened)
        statement = await storing_statement(connection)
        for _ in range(ROUNDS):
            limit = await pgbench(url, statement, SECONDS)
            service, spent = await given(bench, at, tokened)
            found = {AT_SERVICE.name: Round(service.per_second, limit, per_request(spent, service.answered))}
            gateway, spent = await given(bench, bench.stack.gateway_url, keyed)
            found[AT_GATEWAY.name] = Round(gateway.per_second, limit, per_request(spent, gateway.answered))
            own, pid = spent["gateway-api"] / gateway.answered * 1e6, bench.stack.pid("gateway-api")
            livez = await micros_per_request(pid, bench.stack.gateway_url, LIVEZ, SECONDS / 2)
            found[CPU.name] = Round(own, livez)
            yield found


async def rounds_alone(bench: Bench) -> AsyncGenerator[Mapping[str, Round], None]:
    """Give feedback to a service whose events nobody relays."""
    async with (
        bench.database("feedback") as settings,
        bench.served("feedback", settings) as served,
        connected(settings["FEEDBACK_DATABASE_URL"]) as connection,
    ):
        await make_body_known(connection)
        headers = signed(bench.stack, "feedback")
        await loaded(served.url, [Said().request()], 0.5, headers)
        statement = await storing_statement(connection)
        processes = {"feedback-api": served.pid, "postgres": bench.stack.pid("postgres")}
        for _ in range(ROUNDS):
            limit = await pgbench(settings["FEEDBACK_DATABASE_URL"], statement, SECONDS)
            with cpu_spent(processes) as spent:
                done = await loaded(served.url, [Said().request()], SECONDS, headers)
            yield {ALONE.name: Round(done.per_second, limit, per_request(spent, done.answered))}


BENCHMARKS = (Benchmark((AT_SERVICE, AT_GATEWAY, CPU), rounds), Benchmark((ALONE,), rounds_alone))
