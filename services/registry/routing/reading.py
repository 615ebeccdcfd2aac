"""Reading files that people write: what is wrong is said with its line, in words that they understand."""

import difflib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path as File
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from services.registry.routing.rules import Path, RuleBook, faults

Shape = TypeVar("Shape", bound=BaseModel)
BYTES_MAX = 1_048_576
WORDS = {"id", "when", "matter", "topic", "level", "note", "steps", "to", "why", "purpose", "source", "then",
         "if_no_reply_after", "days", "working_days", "version", "edited_by", "holds_from", "topics", "name",
         "externals", "instead", "sources", "rules", "web", "words", "trusts_named", "place", "expect",
         "first_why", "cases"}  # fmt: skip
SAID = {
    "missing": "is missing",
    "int_parsing": "has to be a whole number",
    "dict_type": "has to be a list of names, each followed by a colon",
    "model_type": "has to be a list of names, each followed by a colon",
    "list_type": "has to be a list, each line of it beginning with a dash",
    "string_type": "has to be words, not a list",
    "date_from_datetime_parsing": "has to be a day, such as 2026-04-01",
    "string_pattern_mismatch": "has to be a name in small letters, digits and _, or an address with https://",
    "string_too_short": "must not be empty",
    "too_short": "has to name at least one",
    "greater_than_equal": "has to be 0 or more",
    "less_than_equal": "is too large",
    "date_parsing": "has to be a day, such as 2026-04-01",
}


class RulesBroken(Exception):
    """The file of rules cannot be used; each line of its text says where and why."""


class Lines:
    """The text of a file as nodes that know their lines."""

    def __init__(self, file: File) -> None:
        self.file = file
        try:
            text = file.read_bytes()[:BYTES_MAX].decode()
            if any(isinstance(token, yaml.AliasToken) for token in yaml.scan(text)):
                raise RulesBroken(f"{file.name}: `*` stands for a copy of something: write it out instead")
            # Everything is read as words: neither `no` nor 2026-04-01 is taken for something else.
            self.root = yaml.compose(text, yaml.BaseLoader)
        except yaml.MarkedYAMLError as error:
            line = error.problem_mark.line + 1 if error.problem_mark else 1
            raise RulesBroken(f"{file.name}, line {line}: this is not YAML: {error.problem}") from error
        except (OSError, ValueError, yaml.YAMLError) as error:
            reason = getattr(error, "strerror", None) or "it is no text in UTF-8"
            raise RulesBroken(f"{file} cannot be read: {reason}") from error

    def at(self, path: Path, message: str) -> str:
        """Return a message with the line and the place that it is about."""
        node, line, words = self.root, 1, []
        for part in path:
            found = step_into(node, part)
            if found is None:
                words += [] if isinstance(part, int) else [part]
                break
            node, line = found
            words.append(called(node, part))
        return f"{self.file.name}, line {line}: {' → '.join(words) or 'the file'}: {message}"

    def data(self) -> Any:
        """Return what the file says as plain lists and words; RulesBroken when a name stands there twice."""
        return plain(self.root, self.file.name) if self.root else None


def plain(node: Any, name: str) -> Any:
    """Return a node as plain lists and words."""
    if isinstance(node, yaml.ScalarNode):
        return node.value
    if isinstance(node, yaml.SequenceNode):
        return [plain(each, name) for each in node.value]
    found: dict[str, Any] = {}
    for key, value in node.value:
        word = str(key.value)
        if word in found:
            line = key.start_mark.line + 1
            raise RulesBroken(f"{name}, line {line}: `{word}` stands here twice: only one of them can hold")
        found[word] = plain(value, name)
    return found


def step_into(node: Any, part: str | int) -> tuple[Any, int] | None:
    """Return a part of a node, with its line."""
    if isinstance(node, yaml.SequenceNode) and isinstance(part, int):
        inner = node.value[part]
        return inner, inner.start_mark.line + 1
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if key.value == part:
                return value, key.start_mark.line + 1
    return None


def called(node: Any, part: str | int) -> str:
    """Return what people call a part: its name, its `id`, or its place in a list."""
    if isinstance(part, str):
        return part
    named = step_into(node, "id")
    return str(named[0].value) if named else f"number {part + 1}"


def read(file: File, shape: type[Shape], check: Callable[[Shape], Iterable[tuple[Path, str]]]) -> Shape:
    """Return what a file says; RulesBroken with a line for each thing that is wrong with it."""
    lines = Lines(file)
    try:
        found = shape.model_validate(lines.data())
    except ValidationError as error:
        raise RulesBroken("\n".join(lines.at(*told) for told in complaints(error))) from error
    if wrong := [lines.at(*told) for told in check(found)]:
        raise RulesBroken("\n".join(wrong))
    return found


def complaints(error: ValidationError) -> Iterator[tuple[Path, str]]:
    """Yield what validation found: (where, what)."""
    for each in error.errors(include_url=False, include_context=True):
        path, kind = each["loc"], each["type"]
        if kind == "extra_forbidden":
            near = difflib.get_close_matches(str(path[-1]), WORDS, 1, 0.75)
            yield path, "is not known here" + (f": did you mean `{near[0]}`?" if near else "")
        elif kind == "literal_error":
            yield path, f"has to be one of {each['ctx']['expected']}"
        else:
            yield path, SAID.get(kind, each["msg"].removeprefix("Value error, "))


def read_rules(file: File) -> RuleBook:
    """Return the rules of a file; RulesBroken when they cannot be used."""
    return read(file, RuleBook, faults)
