"""The doctor names keys that are missing, open to others, or do not fit each other."""

from pathlib import Path

import pytest

from deploy.doctor.deployment import OTHER, Deployment
from deploy.doctor.keys import check_keys
from deploy.environment import Addresses, environment, write_settings
from deploy.keys import SERVICES, exchange_key, make_keys, random_key, signing_key, write_private


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with sound keys."""
    make_keys(tmp_path / "secrets")
    return tmp_path / "secrets"


@pytest.fixture
def deployment(folder: Path) -> Deployment:
    """A deployment that has these keys."""
    at = Addresses("postgresql://a:b@127.0.0.1/c", "nats://127.0.0.1", dict.fromkeys(SERVICES, 1))
    file = folder.parent / "settings.env"
    write_settings(file, settings := environment(folder, at))
    return Deployment(settings, OTHER, private_files=(file,))


def test_sound_keys_have_no_fault(deployment: Deployment) -> None:
    assert check_keys(deployment) == []


def test_a_key_that_is_missing_is_named(deployment: Deployment, folder: Path) -> None:
    (folder / "loop_seal_key").unlink()
    [fault] = check_keys(deployment)
    assert fault.name == "key_missing"
    assert "LOOP_SEAL_KEY_FILE" in fault.sentence


@pytest.mark.parametrize("name", ["secrets/gateway_seal_key", "settings.env"])
def test_a_file_that_others_can_read_is_named_with_the_command(
    deployment: Deployment, folder: Path, name: str
) -> None:
    file = folder.parent / name
    file.chmod(0o640)
    [fault] = check_keys(deployment)
    assert (fault.name, fault.next) == ("key_too_open", f"chmod 600 {file}")


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("gateway_token_private_key.pem", signing_key, ["feedback", "loop", "registry"]),
        ("feedback_token_private_key.pem", signing_key, ["registry"]),
        ("feedback_contributor_private_key", exchange_key, ["Contributors"]),
        ("loop_reply_ref_key", random_key, ["The"]),
    ],
)
def test_keys_that_do_not_fit_are_named(
    deployment: Deployment, folder: Path, name: str, text: object, said: list[str]
) -> None:
    assert callable(text)
    write_private(folder / name, text())
    found = check_keys(deployment)
    assert {fault.name for fault in found} == {"keys_differ"}
    assert [fault.sentence.split()[0] for fault in found] == said


def test_a_key_under_another_id_is_no_key_of_the_gateway(deployment: Deployment) -> None:
    renamed = Deployment({**deployment.settings, "GATEWAY_TOKEN_KEY_ID": "gateway-2"}, OTHER)
    assert len(check_keys(renamed)) == 3
