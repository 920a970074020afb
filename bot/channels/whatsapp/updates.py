"""Stage A0: a batch of WhatsApp's webhook -> what it tells, one by one. Pure.

Whatever cannot be read is skipped with its reason and kept as received; it never stops what stands beside it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from bot.channels.meta.reading import Skipped, clean, guard, tapped
from bot.errors import ForeignPayload, UnsupportedPayload

ReceiptState = Literal["sent", "delivered", "read", "failed"]
MEDIA = ("image", "video", "audio", "document", "sticker")
_LONGEST_NAME = 100  # of a file
_IGNORED = ("reaction", "revoke", "system", "request_welcome")  # known, and nothing to answer


@dataclass(frozen=True)
class Heard:
    """What a customer said. `kind` is WhatsApp's word; a text or a payload stands for what we can answer."""

    message_id: str
    wa_id: str  # the phone number in digits, "" for somebody who shows none
    user_id: str  # WhatsApp's own id of the person for this business, "" where it gives none
    at: datetime
    kind: str
    text: str = ""
    payload: str = ""
    title: str = ""  # of the button that was tapped
    media: Mapping[str, str] | None = None  # id, mime_type, kind, name: fetched when somebody needs it
    sent: str = ""  # what came beside words, for the people who read along
    edits: str = ""  # the message that it replaces


@dataclass(frozen=True)
class Receipt:
    """What became of a message of ours. `tracker` is what we sent along: the outbox row's number."""

    message_id: str
    state: ReceiptState
    at: datetime
    tracker: str = ""
    code: int = 0


@dataclass(frozen=True)
class Preference:
    """A customer's word to WhatsApp on marketing messages."""

    wa_id: str
    user_id: str
    wants: bool
    at: datetime


Update = Heard | Receipt | Preference | Skipped


def read_batch(batch: Mapping[str, Any], phone_number_id: str) -> list[Update]:
    """Every update of the batch, oldest message first. ForeignPayload when it is no batch of WhatsApp's."""
    if batch.get("object") != "whatsapp_business_account":
        raise ForeignPayload("no webhook of a WhatsApp business account")
    updates = [update for change in _changes(batch) for update in _read_change(change, phone_number_id)]
    return sorted(updates, key=_moment_of)  # stable: what says no moment stays where it stood


def _changes(batch: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for entry in batch.get("entry") or ():
        yield from (entry.get("changes") or () if isinstance(entry, dict) else ())


def _read_change(change: Mapping[str, Any], phone_number_id: str) -> Iterator[Update]:
    field, value = change.get("field"), change.get("value")
    if field not in ("messages", "user_preferences") or not isinstance(value, dict):
        yield Skipped(f"field_{str(field)[:40]}", change, is_known=True)
        return
    if str((value.get("metadata") or {}).get("phone_number_id")) != phone_number_id:
        yield Skipped("another_number", change, is_known=True)
        return
    people = [each for each in value.get("contacts") or () if isinstance(each, dict)]
    for raw in value.get("messages") or ():
        yield guard(raw, lambda raw=raw: _read_message(raw, people))  # type: ignore[misc]  # the loop's own
    for raw in value.get("statuses") or ():
        yield guard(raw, lambda raw=raw: _read_status(raw))  # type: ignore[misc]
    for raw in value.get("user_preferences") or ():
        yield guard(raw, lambda raw=raw: _read_preference(raw, people))  # type: ignore[misc]


def _read_message(raw: Mapping[str, Any], people: list[dict[str, Any]]) -> Heard:
    kind = str(raw["type"])
    if kind in _IGNORED:
        raise UnsupportedPayload(f"type_{kind}")
    sender = _find_person(raw, people)
    said: dict[str, Any] = {"message_id": str(raw["id"]), "at": _moment(raw["timestamp"]), "kind": kind, **sender}
    if not said["message_id"] or not (sender["wa_id"] or sender["user_id"]):
        raise KeyError("from")
    if kind == "edit":
        edit = raw["edit"]
        return Heard(**said, **_read_content(str(edit["message"]["type"]), edit["message"]),
                     edits=str(edit["original_message_id"]))
    return Heard(**said, **_read_content(kind, raw))


def _read_content(kind: str, raw: Mapping[str, Any]) -> dict[str, Any]:
    match kind:
        case "text":
            return {"text": clean(raw["text"]["body"])}
        case "button":  # a template's
            return tapped(raw["button"].get("payload"), raw["button"]["text"])
        case "interactive":
            reply = raw.get("interactive") or {}
            chosen = reply.get("button_reply") or reply.get("list_reply") or {}
            return tapped(chosen.get("id"), chosen.get("title") or "")
        case "location":
            place = raw["location"]
            words = clean(", ".join(str(place[each]) for each in ("name", "address") if place.get(each)))
            return {"text": words, "sent": f"location: {float(place['latitude']):.6f}, {float(place['longitude']):.6f}"}
        case kind if kind in MEDIA:
            file = raw[kind]
            media = {"id": str(file["id"]), "mime_type": str(file.get("mime_type", "")), "kind": kind}
            name = clean(file.get("filename") or "")[:_LONGEST_NAME]
            said = {"text": clean(file.get("caption") or ""), "sent": f"{kind}: {name}" if name else kind}
            return {**said, "media": {**media, "name": name} if name else media}
        case _:
            return {"sent": kind}


def _read_status(raw: Mapping[str, Any]) -> Receipt:
    state = str(raw["status"])
    if state == "played":
        state = "read"
    if state not in ("sent", "delivered", "read", "failed"):
        raise UnsupportedPayload(f"status_{state[:40]}")
    errors = raw.get("errors") or [{}]
    return Receipt(
        str(raw["id"]), state, _moment(raw["timestamp"]),  # type: ignore[arg-type]  # one of the four
        str(raw.get("biz_opaque_callback_data") or ""), int(errors[0].get("code") or 0),
    )


def _read_preference(raw: Mapping[str, Any], people: list[dict[str, Any]]) -> Preference:
    if raw["category"] != "marketing_messages" or raw["value"] not in ("stop", "resume", "signup"):
        raise UnsupportedPayload(f"preference_{str(raw['value'])[:40]}")
    person = _find_person({"from": raw.get("wa_id"), "from_user_id": raw.get("user_id")}, people)
    return Preference(person["wa_id"], person["user_id"], raw["value"] != "stop", _moment(raw["timestamp"]))


def _find_person(raw: Mapping[str, Any], people: list[dict[str, Any]]) -> dict[str, str]:
    wa_id, user_id = str(raw.get("from") or ""), str(raw.get("from_user_id") or "")
    found = next((each for each in people if wa_id and str(each.get("wa_id")) == wa_id), None)
    alone = people[0] if len(people) == 1 and not wa_id else None
    contact = found or alone or {}
    return {
        "wa_id": wa_id or str(contact.get("wa_id") or ""), "user_id": user_id or str(contact.get("user_id") or ""),
    }


def _moment(seconds: Any) -> datetime:
    return datetime.fromtimestamp(int(seconds), UTC)


def _moment_of(update: Update) -> datetime:
    return datetime.min.replace(tzinfo=UTC) if isinstance(update, Skipped) else update.at
