from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.gateway.clients import keys

SECRET = "0123456789abcdef" * 3


@given(st.uuids())
def test_a_key_that_was_written_is_read_again(key_id: UUID) -> None:
    secret = keys.make_secret()
    assert keys.parse_key(keys.key_text(key_id, secret)) == (key_id, keys.hash_secret(secret))


@given(st.text(max_size=120))
def test_any_text_is_a_whole_key_or_none(text: str) -> None:
    found = keys.parse_key(text)
    assert found is None or text == f"dw_{found.id.hex}_{text[36:]}"


@given(st.uuids(), st.integers(0, 83), st.characters())
def test_a_key_with_another_character_is_another_key_or_none(key_id: UUID, place: int, put: str) -> None:
    text = keys.key_text(key_id, SECRET)
    changed = text[:place] + put + text[place + 1 :]
    assert changed == text or keys.parse_key(changed) != keys.parse_key(text)


@pytest.mark.parametrize("spoil", [str.upper, lambda t: t + "\n", lambda t: f" {t}", lambda t: t[:-1]])
def test_only_the_exact_form_is_read(spoil: object) -> None:
    assert callable(spoil)
    assert keys.parse_key(spoil(keys.key_text(UUID(int=1), SECRET))) is None


def test_secrets_do_not_repeat() -> None:
    assert len({keys.make_secret() for _ in range(1000)}) == 1000


def test_what_is_kept_is_a_hash() -> None:
    assert len(keys.hash_secret(SECRET)) == 32
    assert SECRET.encode() not in keys.hash_secret(SECRET)
