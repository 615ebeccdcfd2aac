"""Tokens: only the gateway's, only for this service, only while they last."""

import json
import time

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import Request

from shared.auth import Actor, Caller, TokenSigner, TokenVerifier, actor_of, actor_required, is_product_name
from shared.errors import Invalid, KeyRequired, ScopeMissing, Unauthorised
from shared.ids import new_id


def pem(key):
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def jwk_set(**keys):
    made = [
        {**json.loads(jwt.algorithms.OKPAlgorithm.to_jwk(key.public_key())), "kid": kid}
        for kid, key in keys.items()
    ]
    return json.dumps({"keys": made})


def asking(token, scheme="Bearer"):
    return Request({"type": "http", "headers": [(b"authorization", f"{scheme} {token}".encode())]})


KEY = Ed25519PrivateKey.generate()
SIGNER = TokenSigner(pem(KEY), "doorway-gateway", "one")
CALLER = Caller(new_id(), new_id(), "engagement", frozenset({"feedback:read"}))


@pytest.fixture
def verifier():
    return TokenVerifier(jwk_set(one=KEY), "feedback")


def test_a_token_says_who_called(verifier):
    assert verifier(asking(SIGNER.sign(CALLER, "feedback"))) == CALLER


def test_a_request_without_a_key_is_anonymous(verifier):
    assert verifier(asking(SIGNER.sign(Caller(), "feedback"))).is_anonymous


def test_a_service_speaks_for_nobody_else_whatever_it_signs():
    own = Ed25519PrivateKey.generate()
    verifier = TokenVerifier(jwk_set(**{"gateway-1": KEY, "feedback-1": own}), "registry")
    mighty = Caller(new_id(), new_id(), "engagement", frozenset({"registry:write"}))
    forged = TokenSigner(pem(own), "doorway-gateway", "feedback-1").sign(mighty, "registry")
    assert verifier(asking(forged)) == Caller()
    borrowed = TokenSigner(pem(own), "doorway-gateway", "gateway-1").sign(mighty, "registry")
    with pytest.raises(Unauthorised):
        verifier(asking(borrowed))


def test_a_token_for_another_service_is_refused(verifier):
    with pytest.raises(Unauthorised):
        verifier(asking(SIGNER.sign(CALLER, "loop")))


def test_a_token_of_another_key_is_refused(verifier):
    other = TokenSigner(pem(Ed25519PrivateKey.generate()), "doorway-gateway", "one")
    with pytest.raises(Unauthorised):
        verifier(asking(other.sign(CALLER, "feedback")))


def test_an_unknown_key_id_is_refused(verifier):
    with pytest.raises(Unauthorised):
        verifier(asking(TokenSigner(pem(KEY), "doorway-gateway", "two").sign(CALLER, "feedback")))


def test_a_new_key_is_accepted_beside_the_old_one():
    new = Ed25519PrivateKey.generate()
    verifier = TokenVerifier(jwk_set(one=KEY, two=new), "feedback")
    assert verifier(asking(TokenSigner(pem(new), "g", "two").sign(CALLER, "feedback"))) == CALLER
    assert verifier(asking(SIGNER.sign(CALLER, "feedback"))) == CALLER


def test_a_token_that_has_run_out_is_refused_also_when_it_is_remembered(verifier, monkeypatch):
    token = SIGNER.sign(CALLER, "feedback")
    assert verifier(asking(token)) == CALLER
    later = time.time() + 120
    monkeypatch.setattr(time, "time", lambda: later)
    with pytest.raises(Unauthorised):
        verifier(asking(token))


def test_without_any_key_nothing_is_accepted():
    with pytest.raises(Unauthorised):
        TokenVerifier('{"keys": []}', "feedback")(asking(SIGNER.sign(CALLER, "feedback")))


def test_an_unsigned_token_is_refused(verifier):
    claims = jwt.decode(SIGNER.sign(CALLER, "feedback"), options={"verify_signature": False})
    with pytest.raises(Unauthorised):
        verifier(asking(jwt.encode(claims, "", algorithm="none", headers={"kid": "one"})))


@given(st.text(alphabet=st.characters(min_codepoint=33, max_codepoint=126)))
def test_no_text_passes_for_a_token(text):
    with pytest.raises(Unauthorised):
        TokenVerifier(jwk_set(one=KEY), "feedback")(asking(text))


def test_what_is_remembered_stays_bounded(verifier, monkeypatch):
    monkeypatch.setattr(TokenVerifier, "REMEMBERED_MAX", 2)
    for _ in range(5):
        verifier(asking(SIGNER.sign(Caller(client_id=new_id()), "feedback")))
    assert len(verifier.remembered) <= 2


def test_without_a_key_a_scope_needs_one():
    with pytest.raises(KeyRequired):
        Caller().require("feedback:read")


def test_a_missing_scope_is_named():
    with pytest.raises(ScopeMissing, match="loop:write"):
        CALLER.require("feedback:read", "loop:write")


async def test_the_person_acting_is_read_from_the_header():
    assert await actor_of("jd-17; role=engagement lead") == Actor("jd-17", "engagement lead")
    assert await actor_of(None) is None


@pytest.mark.parametrize("header", ["doorway; role=lead", "jd-17; role=RULE", "Door.Way-2; role=lead"])
async def test_an_actor_does_not_bear_the_products_name(header: str) -> None:
    with pytest.raises(Invalid):
        await actor_of(header)


@pytest.mark.parametrize("name", ["ruler", "rule maker", "The door way in", "systems lead"])
def test_other_names_are_free(name: str) -> None:
    assert not is_product_name(name)


@pytest.mark.parametrize(
    "header", ["", "jd 17", "jd-17; role=", "role=x", "jd; role=\n", "j" * 65 + "; role=x"]
)
async def test_a_malformed_actor_is_refused(header):
    with pytest.raises(Invalid):
        await actor_of(header)


@pytest.mark.parametrize(
    ("header", "kind"),
    [
        ("9434765919; role=patient", "NHS number"),
        ("jd-17; role=Jane Smith 07700 900123", "phone number"),
        ("jd-17; role=NE1 4LP", "postcode"),
        ("jd-17; role=born 12.03.1961", "date of birth"),
    ],
)
async def test_an_actor_brings_no_personal_data_into_the_audit(header: str, kind: str) -> None:
    with pytest.raises(Invalid) as refused:
        await actor_of(header)
    detail = refused.value.errors[0].detail
    assert kind in detail
    assert not [each for each in header.split("; role=") if each in detail]


async def test_where_a_person_has_to_act_it_must_be_named():
    with pytest.raises(Invalid, match="Say who acts"):
        await actor_required(None)
