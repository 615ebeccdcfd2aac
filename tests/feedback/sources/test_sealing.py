"""Sealing: only the same key opens, and only for the same source or payload."""

import base64

import pytest

from services.feedback.sources.sealing import SourceSeals, new_secret
from shared.ids import new_id

KEY = base64.b64encode(bytes(range(32))).decode()
OTHER_KEY = base64.b64encode(bytes(32)).decode()


def test_what_is_sealed_opens_again_only_where_it_belongs() -> None:
    seals, mine, other = SourceSeals(KEY), new_id(), new_id()
    secret, body = seals.seal_secret(mine, "whsec_x"), seals.seal_body(mine, b"said")
    assert (seals.open_secret(mine, secret), seals.open_body(mine, body)) == ("whsec_x", b"said")
    with pytest.raises(ValueError, match="cannot be opened"):
        seals.open_body(other, body)
    with pytest.raises(ValueError, match="cannot be opened"):
        seals.open_body(mine, secret)
    with pytest.raises(ValueError, match="cannot be opened"):
        SourceSeals(OTHER_KEY).open_secret(mine, secret)


def test_a_digest_knows_a_body_again_only_with_the_key_and_the_source() -> None:
    mine = new_id()
    digests = {
        SourceSeals(KEY).digest_of_body(mine, b"5"),
        SourceSeals(KEY).digest_of_body(mine, b"4"),
        SourceSeals(KEY).digest_of_body(new_id(), b"5"),
        SourceSeals(OTHER_KEY).digest_of_body(mine, b"5"),
    }
    assert len(digests) == 4
    assert SourceSeals(KEY).digest_of_body(mine, b"5") in digests


def test_secrets_have_the_form_of_their_scheme() -> None:
    standard = new_secret("standard-webhooks")
    assert len(base64.b64decode(standard.removeprefix("whsec_"), validate=True)) == 32
    assert standard != new_secret("standard-webhooks")
    assert len(bytes.fromhex(new_secret("hmac-sha256"))) == 32
