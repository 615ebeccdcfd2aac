"""Who said it opens with the private key alone, for that feedback alone."""

import base64

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from services.feedback.contributors.schemas import NewContributor
from services.feedback.contributors.sealing import open_contributor, read_private_key, seal_contributor
from shared.ids import new_id

KEY = X25519PrivateKey.generate()
JO = NewContributor(channel="email", address="jo@example.org")


def test_it_opens_with_the_key_from_base64() -> None:
    feedback_id = new_id()
    key = read_private_key(base64.b64encode(KEY.private_bytes_raw()).decode())
    opened = open_contributor(seal_contributor(JO, feedback_id, KEY.public_key()), feedback_id, key)
    assert opened is not None
    assert opened.model_dump() == JO.model_dump()


def test_it_opens_for_nothing_else() -> None:
    seal = seal_contributor(JO, feedback_id := new_id(), KEY.public_key())
    assert open_contributor(seal, new_id(), KEY) is None
    assert open_contributor(seal, feedback_id, X25519PrivateKey.generate()) is None


def test_what_is_not_one_plain_address_is_not_opened() -> None:
    several = NewContributor.model_construct(channel="email", address="al@real.example, jo@example.org")
    seal = seal_contributor(several, feedback_id := new_id(), KEY.public_key())
    assert open_contributor(seal, feedback_id, KEY) is None
