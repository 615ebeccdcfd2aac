"""Keys and secrets are made once, private, and fit each other."""

import base64
import json
import stat
from pathlib import Path
from uuid import uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from deploy.keys import SERVICES, make_keys, write_private
from services.feedback.codes import ReplyKeys
from shared.auth import Caller, TokenSigner, TokenVerifier
from shared.codes import ref_of
from shared.manifest import issuers_for
from shared.secrets import key_of


def test_every_file_can_be_read_by_its_owner_only(secrets: Path) -> None:
    assert stat.S_IMODE(secrets.stat().st_mode) == 0o700
    assert {stat.S_IMODE(file.stat().st_mode) for file in secrets.iterdir()} == {0o600}


def test_a_second_time_changes_nothing(tmp_path: Path) -> None:
    make_keys(tmp_path)
    before = {file.name: file.read_text() for file in tmp_path.iterdir()}
    make_keys(tmp_path)
    assert {file.name: file.read_text() for file in tmp_path.iterdir()} == before


def test_what_is_missing_is_made_and_the_rest_stays(tmp_path: Path) -> None:
    make_keys(tmp_path)
    kept = (tmp_path / "gateway_seal_key").read_text()
    (tmp_path / "loop_seal_key").unlink()
    make_keys(tmp_path)
    assert key_of((tmp_path / "loop_seal_key").read_text())
    assert (tmp_path / "gateway_seal_key").read_text() == kept


SYMMETRIC = [*(f"{service}_seal_key" for service in SERVICES), "feedback_reply_key", "loop_reply_ref_key"]


def test_the_loop_finds_what_a_code_belongs_to_and_can_make_none(secrets: Path) -> None:
    keys = ReplyKeys((secrets / "feedback_reply_key").read_text())
    code = keys.code_of(uuid4())
    given = key_of((secrets / "loop_reply_ref_key").read_text())
    assert ref_of(given, code) == keys.ref_of(code)
    assert given != keys.key


@pytest.mark.parametrize("name", SYMMETRIC)
def test_symmetric_keys_have_32_bytes(secrets: Path, name: str) -> None:
    assert len(key_of((secrets / name).read_text())) == 32


@pytest.mark.parametrize("service", [name for name in SERVICES if name != "gateway"])
def test_a_service_accepts_its_issuers_and_nobody_else(secrets: Path, service: str) -> None:
    issuers = issuers_for(service)
    verifier = TokenVerifier((secrets / f"{service}_token_public_keys.json").read_text(), service)
    assert set(verifier.keys) == {f"{issuer}-1" for issuer in issuers}
    caller = Caller(uuid4(), uuid4(), "team", frozenset({"feedback:read"}))
    for issuer in issuers:
        key = (secrets / f"{issuer}_token_private_key.pem").read_text()
        token = TokenSigner(key, f"doorway-{issuer}", f"{issuer}-1").sign(caller, service)
        # Only the gateway says who calls: what a service signs itself is nobody in particular.
        assert verifier.verify(token)[1] == (caller if issuer == "gateway" else Caller())


def test_key_sets_hold_no_private_key(secrets: Path) -> None:
    for file in secrets.glob("*_token_public_keys.json"):
        assert all("d" not in key for key in json.loads(file.read_text())["keys"])


def test_the_contributors_public_key_belongs_to_the_private_one(secrets: Path) -> None:
    private = base64.b64decode((secrets / "feedback_contributor_private_key").read_text())
    public = base64.b64decode((secrets / "feedback_contributor_public_key").read_text())
    assert X25519PrivateKey.from_private_bytes(private).public_key().public_bytes_raw() == public


def test_a_private_file_is_replaced_whole(tmp_path: Path) -> None:
    file = tmp_path / "demo.json"
    file.write_text("{}")
    file.chmod(0o644)
    write_private(file, '{"keys": 1}')
    assert file.read_text() == '{"keys": 1}'
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [file]
