"""Who said it is sealed: it opens with the other key alone, and for that feedback alone."""

import base64
import json

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from services.feedback.contributors.schemas import Needs, NewContributor
from services.feedback.contributors.sealing import (
    SUITE,
    binding_of_feedback,
    open_contributor,
    read_public_key,
    seal_contributor,
)
from services.feedback.sending.rules import unmet_need_of_person
from shared.ids import new_id

PRIVATE = X25519PrivateKey.generate()
JO = NewContributor(channel="email", address="jo@example.org", needs=Needs(formats=["easy_read"]))


def test_it_opens_with_the_private_key() -> None:
    feedback_id = new_id()
    seal = seal_contributor(JO, feedback_id, PRIVATE.public_key())
    assert b"jo@example.org" not in seal
    assert json.loads(SUITE.decrypt(seal, PRIVATE, binding_of_feedback(feedback_id))) == JO.model_dump()


def test_a_telephone_number_keeps_its_extension() -> None:
    caller, feedback_id = NewContributor(channel="phone", address="0191 496 0000 ext. 204"), new_id()
    opened = open_contributor(
        seal_contributor(caller, feedback_id, PRIVATE.public_key()), feedback_id, PRIVATE
    )
    assert opened is not None
    assert opened.address == "0191 496 0000 ext. 204"


def test_it_opens_for_no_other_feedback_and_no_other_key() -> None:
    feedback_id = new_id()
    seal = seal_contributor(JO, feedback_id, PRIVATE.public_key())
    with pytest.raises(InvalidTag):
        SUITE.decrypt(seal, PRIVATE, binding_of_feedback(new_id()))
    with pytest.raises(InvalidTag):
        SUITE.decrypt(seal, X25519PrivateKey.generate(), binding_of_feedback(feedback_id))


def test_what_was_sealed_in_other_words_can_still_be_opened() -> None:
    feedback_id = new_id()
    content = {"channel": "e-mail", "address": "jo@example.org", "needs": {"formats": ["Large print"]}}
    sealed = SUITE.encrypt(
        json.dumps(content).encode(), PRIVATE.public_key(), binding_of_feedback(feedback_id)
    )
    person = open_contributor(sealed, feedback_id, PRIVATE)
    assert person is not None
    assert (person.channel, list(person.needs.formats)) == ("e-mail", ["Large print"])
    by_mail = person.model_copy(update={"channel": "email"})
    assert unmet_need_of_person(by_mail) == "format_not_available"


def test_the_key_comes_raw_or_as_pem() -> None:
    raw = base64.b64encode(PRIVATE.public_key().public_bytes_raw()).decode()
    pem = PRIVATE.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    assert read_public_key(raw) == read_public_key(pem) == PRIVATE.public_key()


def test_another_kind_of_key_is_refused() -> None:
    other = Ed25519PrivateKey.generate().public_key()
    with pytest.raises(TypeError):
        read_public_key(other.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode())
