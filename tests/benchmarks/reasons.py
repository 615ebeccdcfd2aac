"""Why a row may not reach what it should: where its time goes by profiles, and what was tried."""

from collections.abc import Mapping

REASONS: Mapping[str, str] = {
    "memory": (
        "Eight Python processes have about 30 MB each of their own, because memory that they share is "
        "copied once it is touched. One worker process for all services would save about 100 MB: refused "
        "in decision 0047."
    ),
    "postgres-processes": (
        "Each service has a relay, an api and a worker that hold one connection each, and PostgreSQL has "
        "six processes of its own. It was 61; few timers now run at once."
    ),
    "batch": (
        "To read and prepare a line in Python takes several times as long as COPY takes for its three rows. "
        "Masks were 40 % of it and are about an eighth, the event and its envelope were 25 % and are about a "
        "sixth; no other part is large. Tried: COPY in pieces, repeats in one statement, no garbage "
        "collection (no gain), no object of the mapper, the envelope written straight from the event."
    ),
    "events": (
        "NATS wrote each event to disk before the next; it no longer does (decision 0045). What is left "
        "is 420 µs of CPU in all services together."
    ),
    "webhook-p50": (
        "An event costs 9 to 10 ms of CPU in all until its webhook is sent, so 100 a second fill one of "
        "the two cores that the load shares. Tried: no wait for the disk at claims, claims before "
        "results."
    ),
    "masks-speed": (
        "A comment is short: most of the time goes into asking six finders about 70 signs, not into reading "
        "them. Tried: numbers are sought only where seven digits are near each other (1.6 times as fast)."
    ),
    "webhook-p99": "As for the p50: whatever else needs the core makes a queue.",
    "feedback-service": (
        "All services share two cores with the load, and the work after the answer takes as much as the "
        "api and its database. Tried: masks in a fifth of their time, the row without the mapper, no webhook "
        "bodies that nobody gets, and fewer and larger steps of the relay and all consumers."
    ),
    "feedback-gateway": "As at the service, and the gateway's own share.",
    "feedback-alone": "The one api process is busy all the time; the database takes 163 µs of a piece.",
    "gateway-cpu": (
        "About 230 µs alone. In the whole stack it wakes for fewer requests at a time. The largest parts "
        "are the log line (15 µs), the time limit of the body (10), the key (8) and socket writes."
    ),
    "lookup": (
        "A look-up takes 1 ms of the api: a third is the statement with its session, a quarter routing, "
        "dependencies and validation by the framework. PostgreSQL takes 0.4 ms."
    ),
    "list": (
        "Of a page with 50 items its items take 0.35 ms alone, more than all of the aim leaves; the rest is "
        "for the driver, the bytes, the tag and the log. The framework took 0.4 ms and is now passed by."
    ),
    "search": "As for the list.",
    "postcodes": (
        "Of 7 seconds, the form of each postcode takes 1.7, sorting 1, and writing 2.3 million rows with "
        "index and log 4. Tried: more memory for sorting, and an index made afterwards (no gain)."
    ),
}
