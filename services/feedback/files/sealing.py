"""Sealing what is kept of a file: nobody reads people's words, or headings, in the database."""

import hashlib
import hmac
import json
from collections.abc import Sequence
from typing import TypedDict
from uuid import UUID

from services.feedback.files.cells import Cell, CellKind
from services.feedback.files.sheets import Row
from shared.secrets import derive, key_of, seal, unseal

Line = tuple[int, list[tuple[CellKind, str]]]


class AboutSheet(TypedDict):
    """What is kept of a sheet besides its rows."""

    name: str
    first_day: str
    headings_line: int | None
    headings: list[tuple[CellKind, str]]


class AboutFile(TypedDict):
    """What was found in a file besides its rows."""

    encoding: str | None
    delimiter: str | None
    hidden_sheets: int
    sheets: list[AboutSheet]


class FileSeals:
    """Seals and opens what is kept of files, with keys made from the service's one sealing key."""

    def __init__(self, seal_key: str) -> None:
        key = key_of(seal_key)
        self.content_key, self.digest_key = derive(key, "sent file"), derive(key, "sent file digest")

    def digest_of(self, content: bytes, sender: UUID, headings_line: int | None) -> bytes:
        """The digest by which a file of one sender is known again; it says nothing without the key."""
        return hmac.new(
            self.digest_key, f"{sender}/{headings_line}/".encode() + content, hashlib.sha256
        ).digest()

    def seal_about(self, file_id: UUID, about: AboutFile) -> bytes:
        """Seal what was found in a file."""
        return seal(self.content_key, json.dumps(about).encode(), file_id.bytes)

    def open_about(self, file_id: UUID, sealed: bytes) -> AboutFile:
        """Open what was found in a file."""
        about: AboutFile = json.loads(unseal(self.content_key, sealed, file_id.bytes))
        return about

    def seal_rows(self, file_id: UUID, sheet: int, rows: Sequence[Row]) -> bytes:
        """Seal some rows of a sheet."""
        lines = [(row.line, [tuple(cell) for cell in row.cells]) for row in rows]
        return seal(self.content_key, json.dumps(lines).encode(), place_of(file_id, sheet))

    def open_rows(self, file_id: UUID, sheet: int, sealed: bytes) -> list[Row]:
        """Open some rows of a sheet."""
        lines: list[Line] = json.loads(unseal(self.content_key, sealed, place_of(file_id, sheet)))
        return [Row(line, [Cell(kind, text) for kind, text in cells]) for line, cells in lines]


def place_of(file_id: UUID, sheet: int) -> bytes:
    """What the rows of a sheet are bound to."""
    return file_id.bytes + sheet.to_bytes(2)
