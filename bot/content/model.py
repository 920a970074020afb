"""A message in force -> what a language model proposes in its place, checked before anybody sees it.

The adapter speaks `POST {address}/chat/completions`, as most servers of language models do, and is off until a shop
names one. What it sends is the message's template with its {placeholders}, what it is about, and the shop's tone: no
customer, no order, no figure of the shop.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from time import monotonic
from typing import Any

import requests

from bot.content.checking import MAX_SUBJECT_CHARACTERS, MAX_TEXT_CHARACTERS
from bot.content.proposals import MOST, Proposal, check_proposal, typeset
from bot.content.tone import Tone
from bot.contracts.messages import LANGUAGES
from bot.decision.messages import Message
from bot.errors import FixConfiguration, Unavailable
from bot.settings import Settings

CONNECT_SECONDS, READ_SECONDS, DEADLINE_SECONDS = 5, 30, 60
_MOST_BYTES, _CHUNK_BYTES = 200_000, 8_192
_TEMPERATURE = 0.8
_NAMES = {"fr": "French", "en": "English"}
_TASK = """You rewrite one message of a shop in French and in English. Keep every {{placeholder}} exactly as it is,
each as often as in the original. Keep every figure. Claim nothing that the original does not claim: no price, discount,
stock, date, deadline, urgency, superlative, praise or promise of your own. Keep the question that is asked, an apology,
and how to opt out. Texts have {text} characters at most, subject lines {subject}. {tone}
Answer with JSON alone, {most} proposals that differ from each other, in this shape:
{{"proposals": [{{"fr": {{"text": "", "subject": ""}}, "en": {{"text": "", "subject": ""}}}}]}}"""


@dataclass(frozen=True)
class Written:
    """What the model wrote: what passed the check, and how many did not, or were no proposals at all."""

    proposals: tuple[Proposal, ...]
    refused: int


@dataclass(frozen=True)
class Writer:
    """A server of a language model. Opens nothing before it is asked."""

    url: str
    key: str = field(repr=False)
    name: str

    def write(self, kind: str, message: Message, tone: Tone) -> Written:
        """Other ways of saying a message. Unavailable without an answer in time, FixConfiguration for a wrong key."""
        body = {
            "model": self.name, "temperature": _TEMPERATURE,
            "messages": [{"role": "system", "content": _say_task(tone)},
                         {"role": "user", "content": json.dumps(_say_message(kind, message), ensure_ascii=False)}],
        }
        found = [
            replace(each, subjects=each.subjects if "email" in message.channels else {})
            for each in _read_proposals(self._post(body))
        ]
        kept = {json.dumps(each.texts): typeset(each) for each in found
                if _is_whole(each) and not any(check_proposal(message, each, tone).values())}
        return Written(tuple(kept.values())[:MOST], len(found) - len(kept))

    def _post(self, body: Mapping[str, Any]) -> str:
        """The words of the answer."""
        headers = {"Authorization": f"Bearer {self.key}"} if self.key else {}
        try:
            with requests.post(
                f"{self.url.rstrip('/')}/chat/completions", json=body, headers=headers, stream=True,
                timeout=(CONNECT_SECONDS, READ_SECONDS), allow_redirects=False,
            ) as answer:
                if answer.status_code in (401, 403, 404):
                    raise FixConfiguration(
                        f"the language model's server answered {answer.status_code}: "
                        "check PREVENANT_CONTENT_MODEL_URL, _KEY and _NAME"
                    )
                if answer.status_code != requests.codes.ok:
                    raise Unavailable(f"the language model's server answered {answer.status_code}")
                return _find_words(_read_body(answer, monotonic() + DEADLINE_SECONDS))
        except requests.RequestException as error:
            raise Unavailable("the language model's server cannot be reached, or took too long") from error


def open_writer(settings: Settings) -> Writer | None:
    """The server that the settings name; None where they name none."""
    if not settings.content_model_url:
        return None
    return Writer(settings.content_model_url, settings.content_model_key, settings.content_model_name)


def _say_task(tone: Tone) -> str:
    says = [f"In French say {tone.address!r} to the customer."]
    if not tone.emoji:
        says.append("Use no emoji.")
    if tone.longest_sentence_words:
        says.append(f"No sentence has more than {tone.longest_sentence_words} words.")
    says += [f"Never say in {_NAMES[each]}: {'; '.join(tone.never[each])}." for each in LANGUAGES if tone.never[each]]
    return _TASK.format(text=MAX_TEXT_CHARACTERS, subject=MAX_SUBJECT_CHARACTERS, tone=" ".join(says), most=MOST)


def _say_message(kind: str, message: Message) -> dict[str, Any]:
    return {"about": kind, "case": message.case, "channels": list(message.channels), "original": dict(message.texts)}


def _read_body(answer: requests.Response, deadline: float) -> bytes:
    body = bytearray()
    for some in answer.iter_content(_CHUNK_BYTES):
        body += some
        if len(body) > _MOST_BYTES or monotonic() > deadline:
            raise Unavailable("the language model's answer is too long, or comes too slowly")
    return bytes(body)


def _find_words(body: bytes) -> str:
    try:
        said = json.loads(body)["choices"][0]["message"]["content"]
    except (ValueError, KeyError, IndexError, TypeError) as error:
        raise Unavailable("the language model's server answered something else than a chat completion") from error
    return said if isinstance(said, str) else ""


def _read_proposals(said: str) -> Iterator[Proposal]:
    """Whatever looks like proposals, whole or not; nothing of an answer that is no JSON."""
    begins, ends = said.find("{"), said.rfind("}")
    try:
        told = json.loads(said[begins:ends + 1]) if begins >= 0 else {}
    except ValueError:
        return
    listed = told.get("proposals") if isinstance(told, dict) else None
    for each in listed if isinstance(listed, list) else ():
        told_in = each if isinstance(each, dict) else {}
        parts: dict[str, Any] = {language: told_in.get(language) for language in LANGUAGES}
        yield Proposal(_read_part(parts, "text"), _read_part(parts, "subject"))


def _read_part(parts: Mapping[str, Any], key: str) -> dict[str, str]:
    return {
        language: " ".join(part[key].split())
        for language, part in parts.items() if isinstance(part, dict) and isinstance(part.get(key), str)
    }


def _is_whole(proposal: Proposal) -> bool:
    return all(proposal.texts.get(language) for language in LANGUAGES)
