"""What of each table a person reads, column by column. A table that is not here is drawn by the page's template, or
stands in the file alone with its reason: a test counts them.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from bot.decision.explain import explain_held
from bot.privacy.names import NAMES
from bot.privacy.words import Words

Row = Mapping[str, Any]
Cell = Callable[[Words, Row], str]


@dataclass(frozen=True)
class Section:
    """A table of the page: its title and its columns, English sentences of the catalogues."""

    title: str
    columns: tuple[tuple[str, Cell], ...]
    newest_first: bool = False


def _moment(name: str) -> Cell:
    return lambda words, row: words.moment(row[name])


def _day(name: str) -> Cell:
    return lambda words, row: words.day(row[name])


def _named(kind: str, name: str) -> Cell:
    return lambda words, row: words.name(kind, row[name])


def _text(name: str) -> Cell:
    return lambda words, row: words.describe(row[name])


def _about(words: Words, row: Row) -> str:
    """`order:MP204819` -> MP204819; what is a number of ours says nothing."""
    _, _, value = row["subject"].partition(":")
    return str(value) if len(value) <= 20 else ""


def _considered(words: Words, row: Row) -> str:
    return " ".join(explain_held(row["candidates"], words.language))


def _journey(words: Words, row: Row) -> str:
    """The journey alone: which step of it says nothing to its reader."""
    return words.name("trigger", str(row["trigger"]).partition(":")[0])


def _tracking(words: Words, row: Row) -> str:
    said = row["tracking"] or {}
    return ", ".join(each for each in (words.name("parcel", said.get("state") or "unknown"), said.get("place")) if each)


def _heard(_words: Words, row: Row) -> str:
    """What the person said; what was answered stands in the conversation."""
    return str(row["data"].get("text") or "") if row["type"] == "user" else ""


def _understood(words: Words, row: Row) -> str:
    intent = ((row["data"].get("parse_data") or {}).get("intent") or {}).get("name") or ""
    return words.name("intent", intent) if intent else ""


def _why_one(words: Words, row: Row) -> str:
    """Our own reasons; a person's words at the desk stay in the file."""
    return words.name("merge", row["reason"]) if row["reason"] in NAMES["merge"] else ""


def _object(words: Words, row: Row) -> str:
    """An order's number says something; an id of ours does not."""
    kind, _, value = row["object_ref"].partition(":")
    return value if kind == "order" and len(value) <= 20 else ""


def _proof(words: Words, row: Row) -> str:
    proofs = {
        "token": "token", "code": "code by e-mail", "policy": "your word", "whatsapp": "your number at WhatsApp",
        "link": "a link between channels",
    }
    return words.say(proofs[row["verified_by"]]) if row["verified_by"] in proofs else ""


def _state_of_link(words: Words, row: Row) -> str:
    return words.say("copy of your data" if row["kind"] == "export" else "consent to confirm")


def _piece(words: Words, row: Row) -> str:
    return ", ".join(words.label(kind, row[kind]) for kind in ("colour", "size") if row[kind])


SECTIONS: Mapping[tuple[str, str], Section] = {
    ("customers", "identities"): Section("What you go by", (
        ("What", _named("identity", "kind")), ("Value", _text("value")),
        ("State", lambda words, row: words.say("proven" if row["is_verified"] else "not proven")),
        ("From", lambda words, row: words.source(row["source"])), ("Since", _day("first_seen_at")),
    )),
    ("customers", "merges"): Section("Profiles that we took for one person", (
        ("When", _moment("merged_at")), ("Why", _why_one),
    )),
    ("customers", "link_reviews"): Section("Profiles that may be yours too", (
        ("When", _moment("proposed_at")), ("State", _named("left", "state")),
    )),
    ("traits", "traits"): Section("What we know of you, and from whom", (
        ("What", _named("trait", "name")), ("Value", lambda words, row: words.trait(row["name"], row["value"])),
        ("From", lambda words, row: words.source(row["silo"])), ("Since", _day("set_at")),
    )),
    ("traits", "purchases"): Section("What you bought, as we count it", (
        ("When", _moment("sold_at")), ("Item", lambda words, row: words.label("product", row["product_id"])),
        ("Colour and size", _piece), ("Number", _text("quantity")),
        ("Amount", lambda words, row: words.money(row["amount_minor"], row["currency"])),
    )),
    ("traits", "segment_members"): Section("Groups you are in", (
        ("Group", lambda words, row: words.label("segment", row["segment"])), ("Since", _day("entered_at")),
        ("Until", _day("left_at")),
    )),
    ("consents", "consents"): Section("What you allowed, in which words", (
        ("What for", _named("purpose", "purpose")), ("Where", _named("channel", "channel")),
        ("Your answer", _named("state", "state")), ("When", _moment("changed_at")),
        ("From", lambda words, row: words.source(row["source"])), ("The words", _text("wording")),
    )),
    ("consents", "consent_requests"): Section("What we asked you", (
        ("When", _moment("asked_at")), ("What for", _named("purpose", "purpose")),
        ("Where", _named("channel", "channel")), ("The words", _text("wording")),
    )),
    ("consents", "privacy_links"): Section("Links in letters", (
        ("What", _state_of_link), ("When", _moment("created_at")), ("Good until", _moment("expires_at")),
    )),
    ("conversations", "conversations"): Section("Where you wrote to us", (
        ("Where", _named("channel", "channel")), ("Since", _moment("created_at")),
        ("Last message", _moment("last_inbound_at")), ("Proven to be you by", _proof),
    )),
    ("conversations", "conversation_states"): Section("What goes with you from one channel to the next", (
        ("Details", lambda words, row: words.describe(row["state"])), ("When", _moment("updated_at")),
    )),
    ("handoffs", "handoffs"): Section("When you asked for a person", (
        ("When", _moment("asked_at")), ("Reference", _text("reference")), ("State", _named("left", "state")),
        ("What our team was told", _text("summary")),
    )),
    ("events", "events"): Section("What you did, and what happened to your orders", (
        ("When", _moment("occurred_at")),
        ("What", lambda words, row: words.name("event", row["name"] or row["type"])),
        ("Details", lambda words, row: words.describe(row["properties"])),
        ("From", lambda words, row: words.source(row["silo"])),
    ), newest_first=True),
    ("parcels", "parcels"): Section("Where your parcels were", (
        ("Parcel", _text("tracking_number")), ("News", _tracking), ("Since", _moment("created_at")),
    )),
    ("decisions", "waits"): Section("Reminders that wait", (
        ("What", _journey), ("Because of", _about), ("When", _moment("due_at")),
        ("State", _named("left", "state")),
    )),
    ("decisions", "decisions"): Section("What we considered writing to you, and why we did or did not", (
        ("When", _moment("decided_at")), ("What", _journey), ("Because of", _about),
        ("Outcome", lambda words, row: words.say("we wrote" if row["chosen"] else "we said nothing")),
        ("Why", _considered),
    ), newest_first=True),
    ("trackers", "events"): Section("How your messages were understood", (
        ("Message", _heard), ("Understood as", _understood),
    )),
    ("audit", "audit"): Section("What was changed on your word", (
        ("When", _moment("at")), ("What", _named("action", "action")), ("About", _object),
    ), newest_first=True),
    ("looks", "console_trail"): Section("When our team looked at your data", (
        ("When", _moment("at")), ("What", _named("look", "deed")),
    ), newest_first=True),
    ("mailbox", "letters"): Section("Letters in the demo's mailbox", (
        ("When", _moment("received_at")), ("Sent to", _text("recipient")), ("Letter", _text("subject")),
    )),
    ("rejects", "rejects"): Section("What came in about you and could not be used", (
        ("When", _moment("received_at")), ("From", lambda words, row: words.source(row["silo"])),
        ("What came in", lambda words, row: words.describe(row["payload"])),
    )),
    ("photo_wishes", "photo_wishes"): Section("What you agreed to try on", (
        ("What", lambda words, row: row["fitting"]["name"]), ("Good until", _moment("until")),
    )),
    ("photo_wishes", "lent_media"): Section("Files that a channel is to delete", (
        ("Where", _named("channel", "channel")), ("When", _moment("delete_at")),
    )),
    ("suppressions", "suppressions"): Section("Addresses that nothing reaches", (
        ("Where", _named("channel", "channel")), ("Address", _text("address")), ("Since", _moment("changed_at")),
        ("Good until", lambda words, row: words.moment(row["until"]) if row["until"] else ""),
    )),
    ("codes", "counts"): Section("Codes and tries", (
        ("Codes that wait", _text("codes")), ("Counters of tries", _text("rate_limits")),
    )),
}
# Drawn by the template in a shape of their own.
DRAWN = frozenset({
    ("customers", "customers"), ("account", "account"), ("account", "payment_methods"), ("account", "orders"),
    ("messages", "inbox"), ("messages", "outbox"), ("messages", "messages"), ("pictures", "pictures"),
})
IN_THE_FILE_ALONE: Mapping[tuple[str, str], str] = {
    ("logs", "lines"): "numbers of ours, and what our programs did with them",
    ("parcels", "parcel_orders"): "which order a parcel belongs to, by numbers of ours",
}


@dataclass(frozen=True)
class Shown:
    """A table in words, ready to be drawn."""

    title: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def show_tables(parts: list[dict[str, Any]], words: Words) -> dict[str, list[Shown]]:
    """The tables of each part that have something to read, in words. Pure."""
    found: dict[str, list[Shown]] = {}
    for part in parts:
        for table, rows in part["data"].items():
            section = SECTIONS.get((part["name"], table))
            if section and rows and (shown := _show(section, rows, words)).rows:
                found.setdefault(part["name"], []).append(shown)
    return found


def _show(section: Section, rows: list[dict[str, Any]], words: Words) -> Shown:
    ordered = rows[::-1] if section.newest_first else rows
    cells = [tuple(cell(words, row) for _, cell in section.columns) for row in ordered]
    told = dict.fromkeys(each for each in cells if any(each))  # twice the same line tells nothing more
    used = [number for number in range(len(section.columns)) if any(each[number] for each in told)]
    return Shown(
        words.say(section.title), tuple(words.say(section.columns[number][0]) for number in used),
        tuple(tuple(each[number] for number in used) for each in told),
    )
