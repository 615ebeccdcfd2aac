"""Sealed bytes open only with their key and binding."""

import base64
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.secrets import derive, key_of, seal, unseal

KEY = b"k" * 32


@given(st.binary(), st.binary())
def test_what_was_sealed_opens_again(plain, bound_to):
    assert unseal(KEY, seal(KEY, plain, bound_to), bound_to) == plain


@given(st.binary(min_size=1), st.data())
def test_a_changed_bit_is_noticed(plain, data):
    sealed = bytearray(seal(KEY, plain))
    sealed[data.draw(st.integers(0, len(sealed) - 1))] ^= 1
    with pytest.raises(ValueError, match="cannot be opened"):
        unseal(KEY, bytes(sealed))


def test_another_binding_does_not_open_it():
    with pytest.raises(ValueError, match="cannot be opened"):
        unseal(KEY, seal(KEY, b"x", b"row 1"), b"row 2")


def test_the_same_text_sealed_twice_looks_different():
    assert seal(KEY, b"x") != seal(KEY, b"x")


def test_keys_for_two_purposes_differ():
    assert derive(KEY, "a", "b") != derive(KEY, "ab")


def test_a_key_has_32_bytes():
    key = os.urandom(32)
    assert key_of(base64.b64encode(key).decode()) == key
    with pytest.raises(ValueError, match="32 bytes"):
        key_of(base64.b64encode(key[:16]).decode())
