"""A person's data: one document that machines read, and a page that people read, made of the same handlers.

    {"format": "prevenant.personal-data", "version": 1, "made_at": ..., "shop": ..., "language": ...,
     "kept_days": {kind: days}, "parts": [{"name", "title", "data": {table or topic: [row, ...]}}, ...]}

docs/privacy.md describes it; a new key may come, a key that is there keeps its meaning within a version.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from bot.privacy.handlers.base import OutsideHandler, StoreHandler
from bot.privacy.handlers.registry import SHOWN
from bot.privacy.secrets import cut_secrets
from bot.privacy.services import PrivacyServices
from bot.privacy.subject import Subject, read_subject
from bot.privacy.words import Labels
from bot.profile.audit import write_audit
from bot.service.transcript import Said, read_transcript

FORMAT, VERSION = "prevenant.personal-data", 1
MOST_SAID = 2_000


@dataclass(frozen=True)
class Copy:
    """What a person gets: the document, and their conversations as they were held."""

    document: dict[str, Any]
    talks: tuple[tuple[Said, ...], ...]
    labels: Labels = field(default_factory=dict)  # the shop's own words, as its customers read them

    def part(self, name: str) -> dict[str, Any]:
        """The data of one kind, by table; empty for a kind that is not there."""
        found = (each["data"] for each in self.document["parts"] if each["name"] == name)
        return dict(next(found, {}))

    def to_json(self) -> str:
        """The file to take elsewhere."""
        return json.dumps(self.document, ensure_ascii=False, indent=1, sort_keys=False) + "\n"


def export_person(services: PrivacyServices, customer_id: str, *, language: str) -> Copy:
    """Everything that is kept of the merged person, in the store and outside of it. Writes nothing.

    RetryLater when the shop does not answer: half of it would look like all of it.
    """
    subject = read_subject(services, customer_id)
    parts = [
        {"name": each.name, "title": each.title, "data": _export(services, each, subject)} for each in SHOWN
    ]
    document = {
        "format": FORMAT, "version": VERSION, "made_at": services.clock().isoformat(),
        "shop": services.policy.shop.name, "language": language,
        "kept_days": services.privacy.retention.model_dump(), "parts": parts,
    }
    labels = _read_labels(services, language, parts)
    return Copy(cut_secrets(document), _read_talks(services, subject.sender_ids), labels)


def note_export(services: PrivacyServices, customer_id: str, *, key: str, source: str) -> None:
    """Keep that a copy was made, and for whom; by ids only. Writes."""
    with services.store.write() as connection:
        write_audit(
            connection, customer_id=customer_id, action="export_data", object_ref=f"source:{source}",
            idempotency_key=f"export:{key}", now=services.clock(),
        )


def _export(services: PrivacyServices, handler: Any, subject: Subject) -> dict[str, Any]:
    if isinstance(handler, StoreHandler):
        with services.store.read() as connection:
            return dict(handler.export(connection, subject))
    assert isinstance(handler, OutsideHandler)  # noqa: S101  # there are two kinds
    return dict(handler.export(services, subject))


def _read_talks(services: PrivacyServices, sender_ids: Sequence[str]) -> tuple[tuple[Said, ...], ...]:
    with services.store.read() as connection:
        found = [tuple(read_transcript(connection, each, limit=MOST_SAID)) for each in sender_ids]
    return tuple(tuple(replace(said, text=cut_secrets(said.text)) for said in each) for each in found if each)


def _read_labels(services: PrivacyServices, language: str, parts: Sequence[dict[str, Any]]) -> Labels:
    """Colours and the like from the catalogue, segments as they are in force, products from the person's orders."""
    place = 1 if language == "fr" else 0  # as the engine's vocabulary has them: English, French, other words
    labels = {
        (kind, word): names[place]
        for kind, words in services.commerce.vocabulary().items() for word, names in words.items()
        if len(names) > place
    }
    for name, segment in services.segments.segments.items():
        labels["segment", name] = segment.titles.get(language, name)
    account = next(part["data"] for part in parts if part["name"] == "account")
    for line in (line for order in account["orders"] for line in order["lines"]):
        labels["product", line["product_ref"]] = line["title"]
        options = [labels.get((kind, each), each) for kind, each in line["options"].items()]
        labels["variant", line["variant_ref"]] = ", ".join((line["title"], *options))
    return labels
