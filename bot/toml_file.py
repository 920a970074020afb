"""A shop's TOML file, read so that every complaint names the file, the line and the key; and written as one."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import tomlkit

from bot.errors import FixConfiguration


class FixTable(FixConfiguration):
    """A key of a shop's file is wrong. `path`: `triggers.cart_left.messages.2`, counted from one.

    `sentence` says what is wrong, without the place; its {placeholders}, if any, stand in `values`.
    """

    def __init__(self, where: str, path: str, key: str, sentence: str, values: Mapping[str, str] | None = None) -> None:
        super().__init__(f"{where}.{key} {fill(sentence, values or {})}")
        self.path, self.key, self.sentence, self.values = path, key, sentence, values or {}


def fill(sentence: str, values: Mapping[str, str]) -> str:
    """A sentence with its {placeholders}; one without values may hold braces of its own."""
    return sentence.format(**values) if values else sentence


@dataclass(frozen=True)
class Table:
    """One table of a shop's file, with the place it stands at."""

    file: "TomlFile"
    path: str  # `triggers.cart_left`
    line: int  # of its header
    values: Mapping[str, Any]
    number_in_list: int = 0  # of an entry `[[path]]`, from one

    def text(self, key: str, default: str | None = None) -> str:
        """A string; FixConfiguration when it is missing or something else."""
        value = self._value(key, default)
        if not isinstance(value, str) or (default is None and not value):
            raise self.fail(key, "must be a text in quotes")
        return value

    def number(self, key: str, default: float | None = None) -> float:
        """A number that is not negative."""
        value = self._value(key, default)
        if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
            raise self.fail(key, "must be a number, 0 or more")
        return float(value)

    def truth(self, key: str, default: bool | None = None) -> bool:
        """True or false."""
        value = self._value(key, default)
        if not isinstance(value, bool):
            raise self.fail(key, "must be true or false")
        return value

    def texts(self, key: str, default: tuple[str, ...] | None = None) -> tuple[str, ...]:
        """A list of strings."""
        value = self._value(key, default)
        if not isinstance(value, list | tuple) or not all(isinstance(each, str) and each for each in value):
            raise self.fail(key, 'must be a list of texts, as in ["web", "email"]')
        return tuple(value)

    def one_of(self, key: str, allowed: tuple[str, ...], default: str | None = None) -> str:
        """A string out of a few."""
        value = self.text(key, default)
        if value not in allowed:
            raise self.fail(key, "is {value}, must be one of {known}", value=repr(value), known=allowed)
        return value

    def refuse_unknown(self, allowed: frozenset[str]) -> None:
        """A misspelt key is an error, never a setting without effect."""
        for key in self.values:
            if key not in allowed:
                raise self.fail(key, "is not known here; known are {known}", known=sorted(allowed))

    def fail(self, key: str, sentence: str, **values: object) -> FixTable:
        """The complaint, naming file, line and key; lists are told with commas between."""
        path = f"{self.path}.{self.number_in_list}" if self.number_in_list else self.path
        return FixTable(f"{self.file.name}, line {self.line_of(key)}: {self.path}", path, key, sentence, _tell(values))

    def line_of(self, key: str) -> int:
        """The line a key stands on, the table's own when the key is not there."""
        pattern = re.compile(rf"\s*{re.escape(key)}\s*=")
        for number in range(self.line + 1, len(self.file.lines) + 1):
            line = self.file.lines[number - 1]
            if line.lstrip().startswith("["):
                break
            if pattern.match(line):
                return number
        return self.line

    def _value(self, key: str, default: Any) -> Any:
        value = self.values.get(key, default)
        if value is None:
            raise self.fail(key, "is missing")
        return value


@dataclass(frozen=True)
class TomlFile:
    """A file's content and its lines."""

    name: str
    lines: tuple[str, ...]
    content: Mapping[str, Any]

    @cached_property
    def _headers(self) -> tuple[tuple[int, str], ...]:
        """The lines that begin tables, with their numbers; hundreds are looked for among thousands of lines."""
        stripped = ((number, line.strip()) for number, line in enumerate(self.lines, 1))
        return tuple((number, line) for number, line in stripped if line.startswith("["))

    def refuse_unknown(self, allowed: frozenset[str]) -> None:
        """A misspelt table is an error, never one without effect. FixConfiguration names its line."""
        for name in self.content:
            if name not in allowed:
                place = f"{self.name}, line {self._line(name)}: {name}"
                raise FixConfiguration(f"{place} is not known here; known are {', '.join(sorted(allowed))}")

    def tables(self, group: str) -> list[tuple[str, Table]]:
        """Every `[group.<name>]`, by name, in the file's order."""
        found = self.content.get(group, {})
        if not isinstance(found, Mapping):
            raise FixConfiguration(f"{self.name}, line {self._line(group)}: {group} must hold tables [{group}.<name>]")
        return [(name, self._table(f"{group}.{name}", values)) for name, values in found.items()]

    def table(self, path: str) -> Table:
        """One table; an empty one where the file has none."""
        above, _, name = path.rpartition(".")
        values = self.table(above).values if above else self.content
        return self._table(path, values.get(name, {}))

    def entries(self, path: str) -> list[Table]:
        """Every `[[path]]`, in the file's order."""
        values: Any = self.content
        for part in path.split("."):
            values = values.get(part, []) if isinstance(values, Mapping) else []
        lines = [number for number, line in self._headers if line.replace(" ", "").startswith(f"[[{path}]]")]
        if not isinstance(values, list) or len(lines) != len(values):
            raise FixConfiguration(f"{self.name}, line {self._line(path)}: {path} must be written as [[{path}]]")
        pairs = enumerate(zip(lines, values, strict=True), 1)
        return [Table(self, path, line, each, number) for number, (line, each) in pairs]

    def _table(self, path: str, values: Any) -> Table:
        if not isinstance(values, Mapping):
            raise FixConfiguration(f"{self.name}, line {self._line(path)}: {path} must be a table")
        return Table(self, path, self._line(path), values)

    def _line(self, path: str) -> int:
        for number, line in self._headers:
            if line.startswith((f"[{path}]", f"[{path}.", f"[[{path}]", f"[[{path}.")):
                return number
        return Table(self, "", 0, self.content).line_of(path) or 1


def _tell(values: Mapping[str, object]) -> dict[str, str]:
    return {
        key: ", ".join(value) if isinstance(value, tuple | list) else str(value) for key, value in values.items()
    }


def read_toml(path: Path) -> TomlFile:
    """Read a file; FixConfiguration when it is missing or is not TOML."""
    try:
        return parse_toml(path.name, path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise FixConfiguration(f"{path.name} is missing from data/shops/{path.parent.name}") from error


def parse_toml(name: str, text: str) -> TomlFile:
    """A text as the file of that name; FixConfiguration when it is not TOML."""
    try:
        return TomlFile(name, tuple(text.splitlines()), tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise FixConfiguration(f"{name}: {error}") from error


def print_toml(path: str, values: Mapping[str, Any]) -> str:
    """A table as a shop's file would hold it under `[path]`; "" at the top."""
    content: Mapping[str, Any] = values
    for part in reversed(path.split(".") if path else []):
        content = {part: content}
    return tomlkit.dumps(content)
