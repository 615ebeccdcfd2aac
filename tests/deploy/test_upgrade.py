"""The upgrade of containers, with a `docker` that keeps lists: what starts and stops, in which order."""

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.repository.tree import ROOT

# Each service's containers are the lines of a file with its name.
DOCKER = """\
#!/bin/sh
set -e
cd "$STATE"
echo "$*" >> calls
case "$*" in
    "compose build keys") ;;
    "compose ps --quiet "*) for last; do :; done; if [ -f "$last" ]; then cat "$last"; fi ;;
    "compose config --services") printf '%s\\n' migrate loop-api gateway-api ;;
    "compose config --images keys") echo doorway:test ;;
    "compose config") printf '        host_ip: 127.0.0.1\\n        published: "8080"\\n' ;;
    "compose up --detach --wait") ;;
    "compose up --detach "*) echo "$4-1" > "$4" ;;
    "compose create --no-recreate --scale "*)
        while [ "$(grep -c . "$6")" -lt "${5#*=}" ]; do echo "$6-new$(grep -c . "$6")" >> "$6"; done ;;
    "compose logs "*) echo "why it failed" ;;
    "wait $FAILS-1") echo 1 ;;
    "wait "*) echo 0 ;;
    "inspect "*) for last; do :; done; [ "${last%-new*}" != "$FAILS" ] && echo healthy || echo starting ;;
    "run "*) [ "$FAILS" != port ] ;;
    "start "* | "stop "* | "logs "*) ;;
    "rm "*) for last; do :; done; sed -i "/^$last$/d" ./*-api ;;
    *) echo "unexpected: $*" >&2; exit 9 ;;
esac
"""


@dataclass(frozen=True, slots=True)
class Machine:
    """A machine whose `docker` keeps lists."""

    folder: Path

    def upgrade(self, fails: str = "") -> subprocess.CompletedProcess[str]:
        """Run the upgrade; one part of it fails."""
        programs = f"{self.folder / 'programs'}:{os.environ['PATH']}"
        env = {"PATH": programs, "STATE": str(self.folder), "FAILS": fails}
        command = ["sh", str(ROOT / "deploy" / "compose" / "upgrade.sh")]
        return subprocess.run(command, env=env, capture_output=True, text=True, check=False)

    def calls(self) -> list[str]:
        """What it did to containers."""
        acts = ("start ", "stop ", "rm ", "compose up", "compose create", "run ")
        return [each for each in (self.folder / "calls").read_text().splitlines() if each.startswith(acts)]

    def containers(self, service: str) -> list[str]:
        """The containers of a service that are left."""
        return (self.folder / service).read_text().split()


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """A machine with a stack of one loop's api and two gateways, on which nobody sleeps."""
    (programs := tmp_path / "programs").mkdir()
    for name, text in {"docker": DOCKER, "sleep": "#!/bin/sh\n"}.items():
        (programs / name).write_text(text)
        (programs / name).chmod(0o755)
    (tmp_path / "loop-api").write_text("old\n")
    (tmp_path / "gateway-api").write_text("a\nb\n")
    return Machine(tmp_path)


def test_the_new_one_is_healthy_before_the_old_one_stops(machine: Machine) -> None:
    assert machine.upgrade().returncode == 0
    calls = machine.calls()
    assert calls[:3] == [f"compose up --detach {each}" for each in ("keys", "setup", "migrate")]
    assert calls[3:7] == [
        "compose create --no-recreate --scale loop-api=2 loop-api",
        "start loop-api-new1",
        "stop old",
        "rm old",
    ]


def test_a_published_one_gives_its_port_to_the_next_copy_by_copy(machine: Machine) -> None:
    machine.upgrade()
    [created, *calls] = machine.calls()[7:]
    assert created == "compose create --no-recreate --scale gateway-api=4 gateway-api"
    first, second = (f"gateway-api-new{number}" for number in (2, 3))
    halves = [["stop a", f"start {first}", "stop a", "rm a"], ["stop b", f"start {second}", "stop b", "rm b"]]
    assert calls == [*halves[0], *halves[1]]
    assert machine.containers("gateway-api") == [first, second]


@pytest.mark.parametrize("once", ["keys", "setup", "migrate"])
def test_a_failure_before_that_touches_no_old_process(machine: Machine, once: str) -> None:
    done = machine.upgrade(fails=once)
    assert done.returncode == 1
    assert "why it failed" in done.stderr
    assert f"{once} failed. The old processes go on." in done.stderr
    assert all(call.startswith("compose up --detach ") for call in machine.calls())


@pytest.mark.parametrize(("service", "old"), [("loop-api", ["old"]), ("gateway-api", ["a", "b"])])
def test_a_new_one_that_does_not_get_healthy_goes_and_the_old_one_goes_on(
    machine: Machine, service: str, old: list[str]
) -> None:
    done = machine.upgrade(fails=service)
    assert done.returncode == 1
    assert f"{service} does not get healthy. The old processes go on." in done.stderr
    assert machine.calls()[-2].startswith(f"rm --force {service}-new")
    assert machine.calls()[-1] == f"start {old[0]}"
    assert machine.containers(service)[: len(old)] == old


def test_a_taken_port_is_said_before_anything_starts(machine: Machine) -> None:
    (machine.folder / "gateway-api").unlink()
    done = machine.upgrade(fails="port")
    assert done.returncode == 1
    assert "port 127.0.0.1:8080 is taken" in done.stderr
    assert machine.calls() == ["run --rm --publish 127.0.0.1:8080:8000 doorway:test true"]
