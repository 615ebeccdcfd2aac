"""Files that come as evidence: they are hashed, not kept."""

import base64
import binascii
import hashlib

FILE_BYTES_MAX = 256 * 1024
CONTENT_CHARS_MAX = 4 * -(-FILE_BYTES_MAX // 3)


def decoded(content: str) -> bytes:
    """Return the bytes of a file in base64; ValueError when it is none or too large."""
    try:
        found = base64.b64decode(content, validate=True)
    except binascii.Error as error:
        raise ValueError("has to be a file in base64") from error
    if len(found) > FILE_BYTES_MAX:
        raise ValueError("has to be at most 256 KiB: give a larger file's sha256 and url")
    return found


def sha256_of(content: str) -> str:
    """Return the SHA-256 of a file in base64, in hex."""
    return hashlib.sha256(decoded(content)).hexdigest()
