"""Logs of a stack's processes: private, bounded, and their last lines."""

import stat

import pytest

from deploy.local.home import Home
from deploy.local.logs import last_lines, open_log


def test_a_log_that_grew_too_large_is_put_aside(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    home.make()
    monkeypatch.setattr("deploy.local.logs.LOG_BYTES_MAX", 10)
    home.log_of("nats").write_text("more than ten bytes")
    with open_log(home, "nats") as log:
        log.write(b"new")
    assert home.log_of("nats").read_text() == "new"
    assert (home.logs / "nats.old").read_text() == "more than ten bytes"


def test_a_log_can_be_read_by_its_owner_only(home: Home) -> None:
    home.make()
    open_log(home, "nats").close()
    assert stat.S_IMODE(home.log_of("nats").stat().st_mode) == 0o600


def test_the_last_lines_are_shown_whatever_bytes_they_hold(home: Home) -> None:
    home.make()
    assert last_lines(home.log_of("nats")) == []
    home.log_of("nats").write_bytes(b"x" * 50_000 + b"\none\n\xff two\nthree\n")
    assert last_lines(home.log_of("nats"), 2) == ["\ufffd two", "three"]
