"""What is wrong with how far a service's consumers got, and with what the broker keeps for it."""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import TypeAlias

import asyncpg

from deploy.doctor.deployment import Deployment, Fault
from shared.manifest import manifests
from shared.positions import LATE, RELAY

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"

POSITIONS = """
    SELECT *, now() - reached_at > $1 AS is_late, made_anew_at > now() - interval '7 days' AS is_anew
    FROM stream_position ORDER BY consumer, stream
"""


async def check_positions(
    connection: Connection, deployment: Deployment, service: str
) -> AsyncIterator[Fault]:
    """Name what was lost or made anew, what the broker refuses, and each consumer that is late."""
    worker = deployment.next("log", f"{service}-worker")
    for each in await connection.fetch(POSITIONS, LATE):
        stream = each["stream"].upper()
        who = f"The consumer {each['consumer']} of {stream}"
        if each["refused"]:
            sentence = f"NATS does not store the events of {service}: it says “{each['refused']}”."
            log = deployment.next("log", "nats")
            yield Fault("broker_refuses_events", sentence, f"free or raise the store of NATS; {log}")
        if each["missed_since"]:
            sentence = f"{who} missed what was published {between(each)}: the stream no longer had it."
            yield Fault("events_missed", sentence, after_loss(each["stream"], service))
        if each["is_anew"]:
            yield describe_anew(each["consumer"], who, each["stream"], service)
        if each["is_late"] and each["consumer"] != RELAY:
            reached = write_moment(each["reached_at"])
            sentence = f"{who} has not yet taken all that was published before {reached}."
            yield Fault("consumer_late", sentence, f"{deployment.next('start')}; {worker}")


def describe_anew(consumer: str, who: str, stream: str, service: str) -> Fault:
    """Note that the broker had lost a stream or a consumer, and what became of it."""
    sentence = f"{who} was lost at the broker. It was made anew and goes on from where it was."
    if consumer == RELAY:
        lost = f"The stream {stream.upper()} was lost at the broker and made anew."
        sentence = f"{lost} {service} published the events of the last 7 days again."
    return Fault("made_anew", sentence, after_loss(stream, service), note=True)


def after_loss(stream: str, service: str) -> str:
    """What to do when something of a stream was lost: its service states everything again."""
    word = manifests()[stream].command or stream
    again = "" if manifests()[stream].is_entrance else f"doorway {word} republish; then "
    return f"{again}doorway events settle {service}"


def between(position: asyncpg.Record) -> str:
    """The time that a consumer missed."""
    return f"between {write_moment(position['missed_since'])} and {write_moment(position['missed_until'])}"


def write_moment(moment: datetime) -> str:
    """An instant as people read it."""
    return f"{moment:%d %B %Y, %H:%M} UTC"
