"""What a silo's columns mean: a TOML file, declared here, so that every complaint names file, line and key.

    records = "orders"                # what one row is; part of every message id
    timezone = "Europe/Paris"         # of times without an offset

    [identities]                      # kind -> column; the first that is filled says whose row it is
    customer_id = "Client"
    email = "E-mail"

    [event]                           # left out: a row is a customer, and is told as `Identified`
    name = "Order Completed"          # or name_column = "Type", with [event.names] for its values
    time = "Date"
    key = ["N° commande"]             # what makes a row itself; left out: its content

    [properties]
    order_id = "N° commande"
    total_minor = { column = "Montant TTC", type = "money", currency = "EUR" }

    [lines]                           # left out: a row is an event; else the rows that follow one another with the
    product_id = "Réf."               # same key are one, a line of `products` each; the first says whose and when

    [traits]
    first_name = "Prénom"
"""

import re
import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import available_timezones

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, field_validator, model_validator

from bot.errors import FixConfiguration, Said
from bot.invalid import say_invalid

Type = Literal["text", "integer", "number", "money", "boolean", "date", "time", "email", "phone", "json"]
IDENTITY_KINDS = ("customer_id", "email", "phone", "loyalty_id", "anonymous_id", "whatsapp_id", "messenger_id")
SENDER = "sender_id"  # of a conversation of ours: found among the conversations, never made
_TYPE_OF_KIND: dict[str, Type] = {"email": "email", "phone": "phone"}
_PROVEN_KINDS = ("customer_id", "loyalty_id")  # a silo knows its own numbers
Name = Annotated[str, Field(min_length=1, max_length=64)]


class WrongMapping(FixConfiguration):
    """A mapping that is not understood; `said` tells where and what, without the file's name."""

    def __init__(self, message: str, said: Said) -> None:
        super().__init__(message)
        self.said = said


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


def _as_table(value: Any) -> Any:
    return {"column": value} if isinstance(value, str) else value


class Column(_Strict):
    """One column and how it is read."""

    column: Annotated[str, Field(min_length=1)]
    type: Type = "text"
    currency: Annotated[str, Field(pattern="^[A-Z]{3}$")] = "EUR"  # of money: how many decimals its minor units are
    is_minor: bool = False  # money that is written in minor units already
    format: str = ""  # of dates and times: strptime's, `unix` or `unix_ms`; "" ISO 8601


class Identity(_Strict):
    """One column that says who it is."""

    column: Annotated[str, Field(min_length=1)]
    prefix: str | None = None  # of a silo's own numbers; `<silo>:` when left out, "" for the shop's
    verified: bool | None = None  # whether the silo proved it; its own numbers are, addresses are not


class FileFormat(_Strict):
    """How a file is written."""

    separator: Annotated[str, Field(min_length=1, max_length=1)] = ","
    encoding: str = "utf-8"
    sheet: str = ""  # of a workbook; "" the first

    @field_validator("encoding")
    @classmethod
    def _is_known(cls, value: str) -> str:
        try:
            "".encode(value)
        except LookupError as error:
            raise ValueError(Said("there is no encoding {value}; try utf-8 or cp1252", value=repr(value))) from error
        return value


class EventOf(_Strict):
    """What a row tells that happened."""

    name: Annotated[str, Field(max_length=128)] = ""
    name_column: str = ""
    names: dict[str, Annotated[str, Field(min_length=1, max_length=128)]] = {}  # value of name_column -> event's name
    time: Annotated[str, Field(min_length=1)]  # a column
    time_format: str = ""
    key: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _has_one_name(self) -> "EventOf":
        if bool(self.name) == bool(self.name_column):
            raise ValueError("give either name or name_column")
        return self


Columns = dict[Name, Annotated[Column, BeforeValidator(_as_table)]]


class Mapping(_Strict):
    """A silo's columns, as they are understood."""

    records: Annotated[str, Field(pattern="^[a-z][a-z0-9_-]{0,31}$")]
    timezone: str = "UTC"
    decimal: Literal[".", ","] = "."
    region: Annotated[str, Field(pattern="^[A-Z]{2}$")] = "FR"  # of telephone numbers without a country
    file: FileFormat = FileFormat()
    identities: dict[str, Annotated[Identity, BeforeValidator(_as_table)]]
    event: EventOf | None = None
    lines: Columns = {}
    properties: Columns = {}
    traits: Columns = {}

    @field_validator("timezone")
    @classmethod
    def _is_a_zone(cls, value: str) -> str:
        if value not in available_timezones():
            raise ValueError(Said("there is no time zone {value}; as in Europe/Paris", value=repr(value)))
        return value

    @field_validator("identities")
    @classmethod
    def _says_who(cls, value: dict[str, Identity]) -> dict[str, Identity]:
        if not value:
            raise ValueError("name at least one column that says who it is")
        for kind in value:
            if kind not in (*IDENTITY_KINDS, SENDER):
                known = ", ".join(IDENTITY_KINDS)
                raise ValueError(Said("{kind} is no kind of identity; there are {known}", kind=kind, known=known))
        return value

    @model_validator(mode="after")
    def _lines_have_a_key(self) -> "Mapping":
        if self.lines and not (self.event and self.event.key):
            raise ValueError("[lines] needs event.key: what the rows of one order have in common")
        if self.lines and "products" in self.properties:
            raise ValueError("properties.products is what [lines] makes")
        return self

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column that is read."""
        event = (self.event.name_column, self.event.time, *self.event.key) if self.event else ()
        who = [each.column for each in self.identities.values()]
        what = [each.column for each in (*self.lines.values(), *self.properties.values(), *self.traits.values())]
        return tuple(dict.fromkeys(each for each in (*event, *who, *what) if each))

    def prefix_of(self, kind: str, silo: str) -> str:
        """What stands before a silo's own numbers, so that two silos' number 7 are two people."""
        given = self.identities[kind].prefix
        if given is not None:
            return given
        return f"{silo}:" if kind in _PROVEN_KINDS and silo != "shop" else ""

    def is_proven(self, kind: str) -> bool:
        """Whether the silo's word on this identity is a proof."""
        given = self.identities[kind].verified
        return kind in _PROVEN_KINDS if given is None else given


def type_of_kind(kind: str) -> Type:
    """How an identity's column is read."""
    return _TYPE_OF_KIND.get(kind, "text")


def load_mapping(path: Path) -> Mapping:
    """Read a mapping. FixConfiguration names file, line and key of the first thing that is wrong."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise FixConfiguration(f"{path.name} cannot be read") from error
    return parse_mapping(text, path.name)


def parse_mapping(text: str, name: str) -> Mapping:
    """A mapping's text. FixConfiguration as above."""
    try:
        return Mapping.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise WrongMapping(f"{name}: {error}", _say_no_toml(str(error))) from error
    except ValidationError as error:
        first = error.errors()[0]
        keys = [str(each) for each in first["loc"] if each != "function-before[_as_table(), Column]"]
        message = first["msg"].removeprefix("Value error, ")
        where = ".".join(keys) or "mapping"
        line = _line_of(text, keys)
        said = Said("line {line}, {place}: {wrong}", line=line, place=where, wrong=say_invalid(first))
        raise WrongMapping(f"{name}, line {line}: {where}: {message}", said) from error


def _say_no_toml(message: str) -> Said:
    found = re.search(r"line (\d+), column (\d+)", message)
    return Said("line {line}, column {column}: is no TOML", line=found[1], column=found[2]) if found else Said(
        "ends before it is whole: is no TOML")


def _line_of(text: str, keys: list[str]) -> int:
    """The line on which the last of the keys that can be found is written."""
    line, lines = 1, text.splitlines()
    for key in keys:
        pattern = re.compile(rf'\s*(\[[^\]]*\b{re.escape(key)}"?\]|"?{re.escape(key)}"?\s*=)')
        line = next((at for at in range(line, len(lines) + 1) if pattern.match(lines[at - 1])), line)
    return line
