"""docker-compose.yml keeps its promises: least rights, no secrets in it, only the gateway published."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from deploy.compose.containers import METRICS_PORT
from deploy.compose.keys import MONITORING, NATS, PORT, POSTGRES, hand_out
from deploy.doctor import deployment_of, examine
from deploy.environment import read_settings
from deploy.local.home import Home
from deploy.settings_page import settings_of
from shared.manifest import manifests
from tests.deploy.compose_file import ALL, LASTING, ONCE, SERVERS, compose, container
from tests.repository.tree import ROOT


def on_demo(name: str) -> dict[str, Any]:
    """What the demonstration's own file says of a container."""
    found: dict[str, Any] = yaml.safe_load((ROOT / "deploy" / "compose" / "demo.yml").read_text())
    described: dict[str, Any] = found["services"].get(name, {})
    return described


def test_there_are_two_servers_eight_processes_and_what_runs_once() -> None:
    assert set(compose()["services"]) == set(ALL)
    assert container("demo")["profiles"] == ["demo"]
    assert not {"version", "name"} & compose().keys()


@pytest.mark.parametrize("name", ALL)
def test_a_container_has_least_rights(name: str) -> None:
    found = container(name)
    assert str(found["user"]).split(":")[0] not in {"0", "root"}
    assert found["read_only"] is True
    assert found["cap_drop"] == ["ALL"]
    assert "cap_add" not in found
    assert "privileged" not in found
    assert found["security_opt"] == ["no-new-privileges:true"]


@pytest.mark.parametrize("name", ALL)
def test_a_containers_log_memory_processors_and_processes_are_bounded(name: str) -> None:
    assert container(name)["logging"]["options"] == {"max-size": "10m", "max-file": "3"}
    assert container(name)["mem_limit"]
    # More processors than the machine has are refused: one is always there.
    assert str(container(name)["cpus"]).endswith("CPUS:-1}")
    assert container(name)["pids_limit"] <= 512
    assert container(name)["init"] is True


def test_what_down_removes_is_all_that_up_and_the_demo_made() -> None:
    def volumes_of(name: str) -> set[str]:
        return {each.partition(":")[0] for each in container(name).get("volumes", ())}

    unasked = [name for name in ALL if "profiles" not in container(name)]
    assert set(compose()["volumes"]) == set().union(*map(volumes_of, unasked))
    assert volumes_of("demo") == {"operator"}


def test_what_runs_without_the_demo_has_nothing_of_it() -> None:
    for name in sorted({*ALL} - {"demo"}):
        for setting, value in container(name).get("environment", {}).items():
            assert not setting.startswith(("DOORWAY_STORY", "DOORWAY_PUBLISHED")), name
            assert setting not in on_demo(name).get("environment", {}) or value is None, (name, setting)
        assert set(container(name).get("networks", ())) <= {"inside", "outside"}
    assert container("demo")["network_mode"] == "service:gateway-worker"


def test_on_the_demos_stack_webhooks_reach_loopback_and_mail_the_demo_alone() -> None:
    for name in ("gateway-api", "gateway-worker"):
        assert on_demo(name)["environment"] == {"GATEWAY_ALLOWED_NETWORKS": "127.0.0.0/8"}
    mail = on_demo("feedback-worker")["environment"]
    assert mail.items() <= on_demo("demo")["environment"].items()
    assert (mail["FEEDBACK_SENDING"], mail["FEEDBACK_SENDING_ALLOW_LIST"]) == (
        "allow_list",
        '["@example.org"]',
    )
    assert mail["FEEDBACK_SMTP_HOST"] == container("demo")["network_mode"].removeprefix("service:")


@pytest.mark.parametrize("name", [*SERVERS, *LASTING])
def test_an_outage_of_half_a_minute_makes_nothing_unhealthy(name: str) -> None:
    asked = container(name)["healthcheck"]
    assert int(asked["interval"].removesuffix("s")) * asked["retries"] >= 90


def test_two_projects_share_no_name_address_or_image() -> None:
    assert not {"ipam", "name", "external"} & {
        key for each in compose()["networks"].values() for key in each or ()
    }
    ours = {container(name)["image"] for name in ALL if name not in SERVERS}
    assert ours == {"doorway:${COMPOSE_PROJECT_NAME:-local}"}


def test_a_change_of_port_changes_the_gateways_api_alone() -> None:
    names = [name for name in ALL if re.search("DOORWAY_(PORT|BIND)", json.dumps(container(name)))]
    assert names == ["gateway-api", "demo"]


@pytest.mark.parametrize("name", LASTING)
def test_each_setting_that_is_documented_reaches_its_process(name: str) -> None:
    service, _, kind = name.partition("-")
    withheld = manifests()[service].worker_only if kind == "api" else ()
    fields = {each for each in settings_of(service).model_fields if not each.startswith(withheld)}
    entrance = {"token_public_keys"} if manifests()[service].is_entrance else set()
    given = {setting.removesuffix("_FILE") for setting in container(name)["environment"]}
    # `READY_FILE` is the setting's own name.
    assert {f"{service}_{field}".upper().removesuffix("_FILE") for field in fields - entrance} == given


def test_what_the_operator_may_choose_is_explained_in_the_example() -> None:
    texts = (ROOT / "docker-compose.yml", ROOT / "deploy" / "compose" / "demo.yml")
    used = set(re.findall(r"DOORWAY_[A-Z_]+(?=:-)", "".join(text.read_text() for text in texts)))
    used |= {"DOORWAY_SUPERUSER_URL", "DOORWAY_NATS_URL"}
    lines = re.findall(r"^# ([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE)
    assert {line for line in lines if line.startswith("DOORWAY_")} == used
    services = {setting for name in LASTING for setting in container(name)["environment"]}
    assert {line for line in lines if not line.startswith(("DOORWAY_", "COMPOSE_"))} <= services


def test_servers_of_your_own_are_used_in_the_place_of_the_stacks(tmp_path: Path) -> None:
    own = {
        "DOORWAY_SUPERUSER_URL": "postgresql://root:x@db.example:5433/postgres",
        "DOORWAY_NATS_URL": "nats://b:42",
    }
    hand_out(tmp_path, own)
    assert "@db.example:5433/loop" in (tmp_path / "loop" / "database_url").read_text()
    assert re.fullmatch(r"nats://loop:\S+@b:42", (tmp_path / "loop" / "nats_url").read_text())
    assert {container(server)["scale"] for server in SERVERS} == {
        "${DOORWAY_POSTGRES:-1}",
        "${DOORWAY_NATS:-1}",
    }
    assert own.keys() <= container("keys")["environment"].keys()


def test_authorities_of_your_own_are_mounted_into_all_that_asks_servers() -> None:
    for name in sorted({*ALL} - {*SERVERS}):
        assert container(name)["configs"] == [
            {"source": "database-ca", "target": "/etc/doorway/database-ca.pem"},
            {"source": "mail-ca", "target": "/etc/doorway/mail-ca.pem"},
        ]
    assert "sslrootcert=/etc/doorway/database-ca.pem" in (ROOT / ".env.example").read_text()
    # Without an authority of one's own, the setting is empty: the file that is mounted holds none.
    path = container("feedback-worker")["environment"]["FEEDBACK_SMTP_CA_PATH"]
    assert path == "${DOORWAY_MAIL_CA:+/etc/doorway/mail-ca.pem}"
    for name, setting in (("database-ca", "DOORWAY_DATABASE_CA"), ("mail-ca", "DOORWAY_MAIL_CA")):
        default = re.fullmatch(rf"\$\{{{setting}:-(.+)\}}", compose()["configs"][name]["file"])
        assert default
        assert (ROOT / default[1]).is_file()


def test_a_service_stays_scaled() -> None:
    for name in LASTING:
        assert container(name)["scale"] == f"${{DOORWAY_{name.replace('-', '_').upper()}_COPIES:-1}}"


@pytest.mark.parametrize("name", [*SERVERS, *LASTING])
def test_what_lasts_is_asked_for_its_health_and_comes_back(name: str) -> None:
    assert container(name)["healthcheck"]["test"]
    assert container(name)["restart"] == "unless-stopped"


@pytest.mark.parametrize("name", ["setup", "migrate", "demo", *LASTING, *SERVERS])
def test_nothing_starts_before_what_it_needs(name: str) -> None:
    conditions = {each: need["condition"] for each, need in container(name)["depends_on"].items()}
    once = {each for each in conditions if each in ONCE}
    assert {conditions[each] for each in once} <= {"service_completed_successfully"}
    assert {conditions[each] for each in conditions.keys() - once} <= {"service_healthy"}
    assert conditions


@pytest.mark.parametrize("name", LASTING)
def test_what_can_be_scaled_has_no_name_or_port_of_its_own(name: str) -> None:
    assert "container_name" not in container(name)
    assert name == "gateway-api" or "ports" not in container(name)


def test_the_gateway_alone_is_published_and_on_loopback_unless_asked_otherwise() -> None:
    assert {name for name in ALL if "ports" in container(name)} == {"gateway-api"}
    assert container("gateway-api")["ports"] == [
        "${DOORWAY_BIND:-127.0.0.1}:${DOORWAY_PORT:-8080}:" + str(PORT)
    ]
    assert {name for name in ALL if "network_mode" in container(name)} == {"keys", "demo"}


@pytest.mark.parametrize("name", LASTING)
def test_metrics_are_told_inside_alone(name: str) -> None:
    chosen = container(name)["environment"].items()
    assert sorted(value for setting, value in chosen if "METRICS" in setting) == [
        "0.0.0.0",
        str(METRICS_PORT),
    ]
    assert not any(str(METRICS_PORT) in port for port in container(name).get("ports", ()))


def test_only_those_who_must_reach_the_outside() -> None:
    out = {name for name in ALL if "outside" in container(name).get("networks", ())}
    assert out == {"gateway-api", "gateway-worker", "feedback-worker"}
    assert compose()["networks"]["inside"]["internal"] == "${DOORWAY_ONLY_INSIDE:-true}"


def test_no_secret_stands_in_the_file() -> None:
    secret = re.compile(r"password|key|secret|token|database_url|nats_url", re.IGNORECASE)
    for name in ALL:
        for setting, value in container(name).get("environment", {}).items():
            is_given = value is not None and not str(value).startswith("${")
            if is_given and secret.search(setting):
                assert setting.endswith("_FILE"), (name, setting)
                assert str(value).startswith("/run/doorway/"), (name, setting)


@pytest.mark.parametrize("name", LASTING)
def test_each_process_has_the_settings_that_it_needs(name: str) -> None:
    service, _, kind = name.partition("-")
    given = {setting.removesuffix("_FILE") for setting in container(name)["environment"]}
    prefix = f"{service.upper()}_"
    fields = settings_of(service).model_fields
    needed = {f"{prefix}{field.upper()}" for field, info in fields.items() if info.is_required()}
    assert needed <= given
    assert {each.removeprefix(prefix).lower() for each in given} <= fields.keys() | {"ready"}
    assert container(name)["command"] == [f"doorway-{kind}", service]


@pytest.mark.parametrize("name", LASTING)
async def test_the_doctor_names_the_container_that_can_examine_all(name: str, tmp_path: Path) -> None:
    settings = {setting: str(value) for setting, value in container(name)["environment"].items() if value}
    service = name.partition("-")[0].upper()
    settings[f"{service}_DATABASE_URL"] = "postgresql://loop:x@postgres:5432/loop"
    [found] = await examine(deployment_of(Home(tmp_path), settings))
    assert found.name == "wrong_container"
    assert found.next == "docker compose run --rm --no-deps setup doorway doctor"


def test_the_files_that_settings_name_are_those_that_are_handed_out(tmp_path: Path) -> None:
    hand_out(tmp_path)
    for name in LASTING:
        [volume] = container(name)["volumes"]
        folder = tmp_path / volume.partition(":")[0].removesuffix("-secrets")
        named = {
            str(value).removeprefix("/run/doorway/")
            for setting, value in container(name)["environment"].items()
            if setting.endswith("_FILE") and not setting.endswith("_READY_FILE")
        }
        assert named == {file.name for file in folder.iterdir()}, name
        assert volume.endswith(":/run/doorway:ro")


def test_each_password_is_readable_by_its_reader_alone(tmp_path: Path) -> None:
    hand_out(tmp_path)
    modes = {
        file.relative_to(tmp_path).as_posix(): file.stat().st_mode & 0o777
        for file in tmp_path.rglob("*")
        if file.is_file()
    }
    assert modes.pop("postgres-secret/password") == 0o640
    assert set(modes.values()) == {0o600}
    assert not any("contributor_private" in file or "teller" in file for file in modes if "feedback/" in file)


def test_handing_out_again_changes_nothing(tmp_path: Path) -> None:
    hand_out(tmp_path)
    before = {file: file.read_text() for file in tmp_path.rglob("*") if file.is_file()}
    hand_out(tmp_path)
    assert {file: file.read_text() for file in tmp_path.rglob("*") if file.is_file()} == before
    found = read_settings(tmp_path / "operator" / "settings.env")
    assert found["GATEWAY_LOOP_URL"] == f"http://loop-api:{PORT}"
    assert f"@{POSTGRES[0]}:{POSTGRES[1]}/" in found["DOORWAY_SUPERUSER_URL"]
    assert found["LOOP_NATS_URL"].endswith(f"@{NATS[0]}:{NATS[1]}")
    assert f'http: "0.0.0.0:{MONITORING}"' in (tmp_path / "nats-secret" / "nats.conf").read_text()
