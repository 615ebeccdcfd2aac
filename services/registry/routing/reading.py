"""Read a file that people write, and say in plain words in which line something is wrong."""

import difflib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path as File
from typing import TypeVar

import yaml
from pydantic import ValidationError

from services.registry.routing.rules import Path, RuleBook, Shape, faults

AnyShape = TypeVar("AnyShape", bound=Shape)
Words = str | list["Words"] | dict[str, "Words"]
BYTES_MAX = 1_048_576
# Ten times as fast where the library was built with its C parser.
Loader = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
A_MAPPING, A_DAY = "must be a list of names, each followed by a colon", "must be a day, such as 2026-04-01"
MESSAGES = {
    "missing": "is missing",
    "int_parsing": "must be a whole number",
    "dict_type": A_MAPPING,
    "model_type": A_MAPPING,
    "list_type": "must be a list, with a dash before each line",
    "string_type": "must be words, not a list",
    "date_parsing": A_DAY,
    "date_from_datetime_parsing": A_DAY,
    "string_pattern_mismatch": "must be a name in small letters, digits and _, or an address with https://",
    "string_too_short": "must not be empty",
    "too_short": "must name at least one",
    "greater_than_equal": "must be 0 or more",
    "less_than_equal": "is too large",
}


class RulesBroken(Exception):
    """The file of rules cannot be used. Each line of the text says where and why."""


class Document:
    """The words of a YAML file, with the line and the name of each part."""

    def __init__(self, file: File) -> None:
        self.file = file.name
        self.parts: dict[Path, tuple[int, str]] = {}
        root = compose_yaml(file)
        self.words = self.words_of(root, ()) if root else None

    def words_of(self, node: yaml.Node, path: Path) -> Words:
        """The words of a node as plain lists; notes its parts. RulesBroken when a name stands there twice."""
        found: dict[str, Words] = {}
        if isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                word, line = str(key.value), key.start_mark.line + 1
                if word in found:
                    raise RulesBroken(f"{self.file}, line {line}: `{word}` stands here twice. Keep only one.")
                self.parts[*path, word] = line, word
                found[word] = self.words_of(value, (*path, word))
            return found
        if not isinstance(node, yaml.SequenceNode):
            return str(node.value)
        items = [self.words_of(each, (*path, place)) for place, each in enumerate(node.value)]
        for place, (each, words) in enumerate(zip(node.value, items, strict=True)):
            name = words.get("id") if isinstance(words, dict) else None
            self.parts[*path, place] = each.start_mark.line + 1, str(name or f"number {place + 1}")
        return items

    def message_at(self, path: Path, message: str) -> str:
        """A message with the line and the part that it is about, or the last part that is there."""
        starts = (path[:depth] for depth in range(1, len(path) + 1))
        there = [self.parts[start] for start in starts if start in self.parts]
        missing = [part for part in path[len(there) :][:1] if isinstance(part, str)]
        where = " → ".join([name for _, name in there] + missing) or "the file"
        return f"{self.file}, line {there[-1][0] if there else 1}: {where}: {message}"


def compose_yaml(file: File) -> yaml.Node | None:
    """The root of a YAML file. All values stay words: `no` and 2026-04-01 as well."""
    try:
        text = file.read_bytes()[:BYTES_MAX].decode()
        if any(isinstance(token, yaml.AliasToken) for token in yaml.scan(text, Loader)):
            raise RulesBroken(f"{file.name}: `*` refers to another part of the file. Write that part out.")
        root: yaml.Node | None = yaml.compose(text, Loader)
        return root
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise RulesBroken(f"{file.name}, line {line}: this is not YAML: {error.problem}") from error
    except (OSError, ValueError, yaml.YAMLError) as error:
        reason = getattr(error, "strerror", None) or "it is not text in UTF-8"
        raise RulesBroken(f"{file} cannot be read: {reason}") from error


def read_shape(
    file: File, shape: type[AnyShape], find_faults: Callable[[AnyShape], Iterable[tuple[Path, str]]]
) -> AnyShape:
    """What a file says; RulesBroken with a line for each thing that is wrong with it."""
    document = Document(file)
    try:
        found = shape.model_validate(document.words)
        wrong = list(find_faults(found))
    except ValidationError as error:
        wrong = list(complaints_of(error))
    if wrong:
        raise RulesBroken("\n".join(document.message_at(*each) for each in wrong))
    return found


def complaints_of(error: ValidationError) -> Iterator[tuple[Path, str]]:
    """Yield what validation refused: where, and why."""
    known = {name for shape in Shape.__subclasses__() for name in shape.model_fields}
    for each in error.errors(include_url=False):
        path, kind = each["loc"], each["type"]
        if kind == "extra_forbidden":
            near = difflib.get_close_matches(str(path[-1]), known, 1, 0.75)
            yield path, "is not known here" + (f": did you mean `{near[0]}`?" if near else "")
        elif kind == "literal_error":
            yield path, f"must be one of {each['ctx']['expected']}"
        else:
            yield path, MESSAGES.get(kind, each["msg"].removeprefix("Value error, "))


def read_rules(file: File) -> RuleBook:
    """The rules of a file; RulesBroken when they cannot be used."""
    return read_shape(file, RuleBook, faults)
