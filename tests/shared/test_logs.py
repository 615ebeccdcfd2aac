"""Logs: one JSON object a line, put together by ids, and nothing that people wrote."""

import json

import pytest

from shared.logs import log, places_of, request_id, set_up_logs, traceparent

TRACE = f"00-{'a' * 32}-{'b' * 16}-01"


@pytest.fixture
def lines(capsys):
    """What was logged so far, line by line."""
    return lambda: [json.loads(line) for line in capsys.readouterr().err.splitlines()]


def test_a_line_carries_the_ids_of_its_request(lines):
    set_up_logs("small", "INFO")
    given_id, given_trace = request_id.set("r-1"), traceparent.set(TRACE)
    try:
        assert traceparent.get() == TRACE
        log.info("happened", status=200)
    finally:
        request_id.reset(given_id)
        traceparent.reset(given_trace)
    [line] = lines()
    assert line.pop("timestamp").endswith("Z")
    assert line == {
        "event": "happened",
        "level": "info",
        "status": 200,
        "request_id": "r-1",
        "trace_id": "a" * 32,
    }  # the span and the flags stay out


def test_only_lines_of_the_wanted_level_are_written(lines):
    set_up_logs("small", "warning")
    log.info("quiet")
    log.warning("loud")
    assert [line["event"] for line in lines()] == ["loud"]
    set_up_logs("small", "no such level")
    log.debug("quiet")
    log.info("loud")
    assert [line["event"] for line in lines()] == ["loud"]


def test_a_line_is_written_whatever_stands_in_it(lines):
    set_up_logs("small", "INFO")
    log.info("happened", half="\ud800", many=2**70, error=ValueError)
    [line] = lines()
    assert (line["half"], line["many"], line["error"]) == ("\ud800", 2**70, "<class 'ValueError'>")


def test_an_error_is_placed_without_its_message():
    def fail():
        raise ValueError("the patient's name is in here")

    with pytest.raises(ValueError, match="patient") as caught:
        fail()
    *_, innermost = places_of(caught.value)
    assert innermost.startswith("tests/shared/test_logs.py:")
    assert innermost.endswith(" fail")
    assert "patient" not in innermost


async def test_logs_carry_the_template_and_never_the_query(capsys, anybody):
    await anybody.get("/things?postcode=NE1+4LP&limit=0")
    await anybody.get("/nothing/NE1 4LP")
    logged = capsys.readouterr().err
    assert '"route":"/things"' in logged
    assert '"route":"unmatched"' in logged
    assert "NE1" not in logged
