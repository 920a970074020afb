"""A support desk that speaks Chatwoot's API: conversations, their messages, the people in them.

Conversations are read from the longest not touched on; each is read with its messages, and the cursor
is the last activity and id of the last one that was read whole.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from urllib.parse import urlsplit

import orjson
import requests

from bot.errors import FixConfiguration, FixInput, NotFound, RateLimited, Unavailable
from bot.intake.importers.mapping import Mapping, parse_mapping
from bot.intake.silos.jsonl_file import to_frame
from bot.intake.silos.protocol import Page

TIMEOUT_SECONDS = 20
_MOST_PAGES = 10_000
_MAPPING = """
records = "talks"
[identities]
customer_id = "contact_id"
email = "email"
phone = "phone"
[event]
name_column = "what"
time = "at"
time_format = "unix"
key = ["key"]
[event.names]
opened = "Support Conversation Opened"
open = "Support Conversation Reopened"
resolved = "Support Conversation Resolved"
pending = "Support Conversation Pending"
snoozed = "Support Conversation Snoozed"
in = "Support Message Received"
out = "Support Message Sent"
[properties]
conversation_id = "conversation_id"
inbox_id = "inbox_id"
labels = { column = "labels", type = "json" }
rating = { column = "rating", type = "integer" }
text = "text"
"""


@dataclass(frozen=True)
class Chatwoot:
    """A silo that is one account of a Chatwoot, read with an agent's access token."""

    url: str
    account: int
    token: str = field(repr=False)
    is_growing: bool = field(default=True, init=False)
    has_fixed_columns: bool = field(default=False, init=False)

    @property
    def source(self) -> str:
        """The host and the account."""
        return f"chatwoot:{urlsplit(self.url).hostname}/{self.account}"

    def count_rows(self) -> int | None:
        """Only conversations are counted there, not what was said in them."""
        return None

    def read_pages(self, cursor: str, page_rows: int) -> Iterator[Page]:
        """A page is one or more whole conversations. RetryLater when it does not answer, FixConfiguration for a key."""
        seen = tuple(orjson.loads(cursor)) if cursor else (0.0, 0)
        with requests.Session() as session:
            # With hyphens: Rails reads it alike, and nginx drops names with underscores (2026-11).
            session.headers["api-access-token"] = self.token
            waiting: list[dict[str, Any]] = []
            for talk in self._talks_after(session, seen):
                waiting += self._rows_of(session, talk)
                seen = _place(talk)
                if len(waiting) >= page_rows:
                    yield _to_page(waiting, seen)
                    waiting = []
            if waiting:
                yield _to_page(waiting, seen)

    def _talks_after(self, session: requests.Session, seen: tuple[float, int]) -> list[dict[str, Any]]:
        """Conversations touched since, the longest ago first; each once, though the list moves while it is read."""
        found: dict[int, dict[str, Any]] = {}
        for page in range(1, _MOST_PAGES):
            wanted = {"status": "all", "page": page, "sort_by": "last_activity_at_desc"}
            answer = self._get(session, "conversations", wanted)
            talks = _list(answer.get("data", {}).get("payload"))
            found |= {talk["id"]: talk for talk in talks if _place(talk) > seen}
            if not talks or all(_place(talk) <= seen for talk in talks):
                break
        return sorted(found.values(), key=_place)

    def _rows_of(self, session: requests.Session, talk: dict[str, Any]) -> list[dict[str, Any]]:
        who = talk.get("meta", {}).get("sender") or {}
        shared = {
            "contact_id": who.get("id"), "email": who.get("email") or None, "phone": who.get("phone_number") or None,
            "conversation_id": talk["id"], "inbox_id": talk.get("inbox_id"), "labels": talk.get("labels") or None,
        }
        rows = [{**shared, "what": "opened", "at": talk.get("created_at"), "key": f"c{talk['id']}"}]
        rating = ((talk.get("additional_attributes") or {}).get("csat") or {}).get("rating")
        status, moved = talk.get("status"), talk.get("last_activity_at")
        if status != "open":
            key = f"c{talk['id']}:{status}:{moved}"
            rows.append({**shared, "what": status, "at": moved, "key": key, "rating": rating})
        for message in self._messages_of(session, talk["id"]):
            direction = {0: "in", 1: "out"}.get(message.get("message_type", -1))
            if direction and not message.get("private"):  # activity lines and notes of the agents among themselves
                rows.append({**shared, "what": direction, "at": message.get("created_at"), "key": f"m{message['id']}",
                             "text": message.get("content")})
        return rows

    def _messages_of(self, session: requests.Session, talk_id: int) -> list[dict[str, Any]]:
        """All of them, oldest first: Chatwoot gives the last twenty, and those before one."""
        found: dict[int, dict[str, Any]] = {}
        before: dict[str, Any] = {}
        for _ in range(_MOST_PAGES):
            some = _list(self._get(session, f"conversations/{talk_id}/messages", before).get("payload"))
            new = {each["id"]: each for each in some if each["id"] not in found}
            if not new:
                break
            found |= new
            before = {"before": min(found)}
        return [found[key] for key in sorted(found)]

    def _get(self, session: requests.Session, path: str, parameters: dict[str, Any]) -> dict[str, Any]:
        url = f"{self.url.rstrip('/')}/api/v1/accounts/{self.account}/{path}"
        try:
            answer = session.get(url, params=parameters, timeout=TIMEOUT_SECONDS)
        except requests.RequestException as error:
            raise Unavailable(f"{self.source} does not answer: {type(error).__name__}") from error
        if answer.status_code in (401, 403):
            raise FixConfiguration(f"{self.source} refuses the access token")
        if answer.status_code == 404:
            raise NotFound(f"{self.source} has no {path}")
        if answer.status_code == 429:
            raise RateLimited(f"{self.source} asks to slow down", float(answer.headers.get("retry-after", 1)))
        if answer.status_code != 200:
            raise Unavailable(f"{self.source} answered {answer.status_code}")
        try:
            body = answer.json()
        except ValueError as error:
            raise FixInput(self.source, f"{path} answered no JSON") from error
        return body if isinstance(body, dict) else {}


@cache
def chatwoot_mapping() -> Mapping:
    """What the rows mean."""
    return parse_mapping(_MAPPING, "chatwoot.toml")


def _place(talk: dict[str, Any]) -> tuple[float, int]:
    return (float(talk.get("last_activity_at") or talk.get("created_at") or 0), int(talk["id"]))


def _list(value: Any) -> list[dict[str, Any]]:
    return [each for each in value if isinstance(each, dict) and "id" in each] if isinstance(value, list) else []


def _to_page(rows: list[dict[str, Any]], seen: tuple[float, int]) -> Page:
    return Page(to_frame(rows, list(range(len(rows)))), len(rows), orjson.dumps(seen).decode())
