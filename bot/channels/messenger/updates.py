"""Stage A0: a batch of Messenger's webhook -> what it tells, one by one. Pure.

Whatever cannot be read is skipped with its reason and kept as received; it never stops what stands beside it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from bot.channels.meta.reading import Skipped, clean, guard, tapped
from bot.errors import ForeignPayload, UnsupportedPayload
from bot.profile.link_codes import find_link_code

_MOST_FILES, _LONGEST_URL = 30, 4_000  # Messenger's album; its addresses are signed and long
_IGNORED = ("reaction", "optin", "referral", "account_linking", "policy_enforcement", "pass_thread_control",
            "take_thread_control", "app_roles", "message_feedback")


@dataclass(frozen=True)
class Heard:
    """What a customer said, under the page's own id of them."""

    message_id: str
    person: str
    at: datetime
    text: str = ""
    payload: str = ""
    title: str = ""
    media: Mapping[str, str] | None = None
    edits: str = ""
    ref: str = ""  # of the link they came by, where it is one of ours
    is_arrival: bool = False  # they came by a link and said nothing
    more: tuple[Mapping[str, str], ...] = ()  # the files beside the first


@dataclass(frozen=True)
class Echo:
    """A message of ours has left. `tracker` is what we sent along: the outbox row's number."""

    message_id: str
    tracker: str
    at: datetime


@dataclass(frozen=True)
class Arrived:
    """Messages of ours that arrived."""

    message_ids: tuple[str, ...]
    person: str
    at: datetime


@dataclass(frozen=True)
class Read:
    """Everything that we said to this person until `until` was read."""

    person: str
    until: datetime
    at: datetime


Update = Heard | Echo | Arrived | Read | Skipped


def read_batch(batch: Mapping[str, Any], page_id: str) -> list[Update]:
    """Every update of the batch, oldest first. ForeignPayload when it is no batch of a page's."""
    if batch.get("object") != "page":
        raise ForeignPayload("no webhook of a page")
    updates = [guard(raw, lambda raw=raw: _read(raw, page_id)) for raw in _list(batch)]  # type: ignore[misc]  # the loop's
    return sorted((each for update in updates for each in _part(update)), key=_moment_of)  # stable


def _list(batch: Mapping[str, Any]) -> Iterator[Any]:
    for entry in batch.get("entry") or ():
        if isinstance(entry, dict):
            yield from entry.get("messaging") or ()
            # What another app of the page has in hand is not ours to answer.
            yield from ({"standby": each} for each in entry.get("standby") or ())


def _read(raw: Mapping[str, Any], page_id: str) -> Update:
    if "standby" in raw:
        raise UnsupportedPayload("standby")
    at = _moment(raw["timestamp"])
    message = raw.get("message")
    if message and message.get("is_echo"):
        return Echo(str(message["mid"]), str(message.get("metadata") or ""), at)
    if str(raw["recipient"]["id"]) != page_id:
        raise UnsupportedPayload("another_page")
    person = str(raw["sender"]["id"])
    if message:
        return _read_message(message, person, at)
    if postback := raw.get("postback"):
        said = tapped(postback.get("payload"), postback.get("title"))
        return Heard(_id_of(postback, raw), person, at, **said, ref=_ref_of(postback))
    if ref := _ref_of(raw):
        return Heard(f"referral:{person}:{raw['timestamp']}", person, at, ref=ref, is_arrival=True)
    if edit := raw.get("message_edit"):
        edited = f"{edit['mid']}:{edit.get('num_edit', 0)}"
        return Heard(edited, person, at, text=clean(edit["text"]), edits=str(edit["mid"]))
    if delivery := raw.get("delivery"):
        return Arrived(tuple(str(each) for each in delivery.get("mids") or ()), person, at)
    if read := raw.get("read"):
        return Read(person, _moment(read["watermark"]), at)
    kind = next((each for each in _IGNORED if each in raw), "")
    raise UnsupportedPayload(kind or f"kind_{'_'.join(sorted(raw))[:80]}")


def _read_message(message: Mapping[str, Any], person: str, at: datetime) -> Heard:
    if message.get("is_deleted"):
        raise UnsupportedPayload("deleted")
    text = clean(message.get("text") or "")
    if quick_reply := message.get("quick_reply"):
        return Heard(str(message["mid"]), person, at, **tapped(quick_reply.get("payload"), text))
    files = [_media(each) for each in message.get("attachments") or () if isinstance(each, dict)][:_MOST_FILES]
    first = files[0] if files else None
    return Heard(str(message["mid"]), person, at, text=text, media=first, ref=_ref_of(message), more=tuple(files[1:]))


def _part(update: Update) -> Iterator[Update]:
    """Several files in one message are one message each: the first has the words."""
    yield update
    if not isinstance(update, Heard):
        return
    for number, media in enumerate(update.more, start=1):
        yield Heard(f"{update.message_id}#{number}", update.person, update.at, media=media)


def _media(file: Mapping[str, Any]) -> dict[str, str]:
    payload = file.get("payload") or {}
    kind = "sticker" if payload.get("sticker_id") else str(file.get("type", ""))
    return {"kind": kind, "url": str(payload.get("url") or "")[:_LONGEST_URL]}


def _ref_of(raw: Mapping[str, Any]) -> str:
    """What our own link carried; "" for an advertisement's."""
    return find_link_code(str((raw.get("referral") or {}).get("ref") or ""))


def _id_of(postback: Mapping[str, Any], raw: Mapping[str, Any]) -> str:
    """Older postbacks have no id: the person and the millisecond are one."""
    return str(postback.get("mid") or f"postback:{raw['sender']['id']}:{raw['timestamp']}")


def _moment(milliseconds: Any) -> datetime:
    return datetime.fromtimestamp(int(milliseconds) / 1000, UTC)


def _moment_of(update: Update) -> datetime:
    return datetime.min.replace(tzinfo=UTC) if isinstance(update, Skipped) else update.at
