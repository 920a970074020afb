"""Rasa's own conversation events, by a cursor over the table of its tracker store.

What was said stays where it is: the profile hears that something was said, as which intent, and with
which kinds of entities, never the words.
"""

from dataclasses import dataclass, field
from functools import cache
from typing import Any

import orjson
import polars as pl
import sqlalchemy as sa

from bot.intake.importers.mapping import Mapping, parse_mapping
from bot.intake.silos.protocol import ROW
from bot.intake.silos.sql import SqlTable

NAME = "chat"
_WANTED = ("user", "bot")
_MAPPING = """
records = "turns"
[identities]
sender_id = "sender_id"
[event]
name_column = "type_name"
names = { user = "Message Received", bot = "Message Sent" }
time = "timestamp"
time_format = "unix"
key = ["id"]
[properties]
intent = "intent_name"
confidence = { column = "confidence", type = "number" }
entities = { column = "entities", type = "json" }
channel = "channel"
message_id = "message_id"
"""


@dataclass(frozen=True)
class RasaEvents(SqlTable):
    """A silo that is the table `events` of Rasa's SQLTrackerStore."""

    table: str = field(default="events", init=False)
    cursor_column: str = field(default="id", init=False)

    def narrow(self, table: sa.Table) -> sa.ColumnElement[bool]:
        """What the two said; not slots, actions and the like."""
        return table.columns["type_name"].in_(_WANTED)

    def prepare(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Each event's data, taken apart."""
        told = [_tell(text) for text in frame["data"]]
        columns = [pl.Series(name, [each[name] for each in told], dtype=dtype) for name, dtype in _COLUMNS.items()]
        return frame.select(ROW, "id", "sender_id", "type_name", "timestamp", "intent_name").with_columns(columns)


_COLUMNS: dict[str, Any] = {"confidence": pl.Float64, "entities": pl.String, "channel": pl.String,
                            "message_id": pl.String}


@cache
def rasa_mapping() -> Mapping:
    """What the columns mean."""
    return parse_mapping(_MAPPING, "rasa.toml")


def _tell(text: str | None) -> dict[str, Any]:
    try:
        data = orjson.loads(text or "{}")
    except orjson.JSONDecodeError:
        data = {}
    parsed = data.get("parse_data") or {}
    kinds = sorted({str(each.get("entity")) for each in parsed.get("entities") or () if isinstance(each, dict)})
    confidence = (parsed.get("intent") or {}).get("confidence")
    return {
        "confidence": float(confidence) if isinstance(confidence, int | float) else None,
        "entities": orjson.dumps(kinds).decode() if kinds else None,
        "channel": data.get("input_channel") if isinstance(data.get("input_channel"), str) else None,
        "message_id": data.get("message_id") if isinstance(data.get("message_id"), str) else None,
    }
