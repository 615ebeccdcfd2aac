"""What is no file, digest or address, or too large, is refused as evidence."""

import base64

import pytest
from pydantic import ValidationError

from services.loop.evidence.schemas import FILE_BYTES_MAX, NewEvidence, decode_file
from services.loop.evidence.steps import photo_of
from shared.clock import today

PHOTO = base64.b64encode(b"a photo").decode()


def test_a_file_comes_in_base64() -> None:
    assert decode_file(PHOTO) == b"a photo"


def test_a_file_of_the_largest_size_passes_and_one_byte_more_does_not() -> None:
    largest = base64.b64encode(bytes(FILE_BYTES_MAX)).decode()
    assert len(decode_file(largest)) == FILE_BYTES_MAX
    with pytest.raises(ValueError, match="at most 256 KiB"):
        decode_file(base64.b64encode(bytes(FILE_BYTES_MAX + 1)).decode())


@pytest.mark.parametrize(
    "fields",
    [{"content": "no base64!"}, {"sha256": "ABC"}, {"url": "ftp://example.org/x"}, {"kind": "rumour"}],
)
def test_what_is_no_file_digest_or_address_is_refused(fields: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        NewEvidence.model_validate(photo_of(today()).model_dump() | fields)


def test_a_digest_is_written_in_lower_case() -> None:
    evidence = NewEvidence.model_validate(photo_of(today()).model_dump() | {"sha256": "AB" * 32})
    assert evidence.sha256 == "ab" * 32
