"""The console: what was not understood, from Rasa's own database: nothing of it is kept a second time.

So an erased person's lines are gone with their tracker, and old ones with retention. Reads only.
"""

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from bot.console.likeness import group_alike
from bot.contracts.messages import LANGUAGES, Language
from bot.privacy.handlers.outside import open_trackers, tracker_events
from bot.privacy.names import NAMES
from bot.privacy.secrets import cut_secrets
from bot.profile.resolution.normalise import fold
from bot.settings import Settings

FALLBACK = "nlu_fallback"
LINES = 200  # the newest
SHOWN = 6  # of a group
HIDDEN = "…"
# What a line may be taught to mean.
INTENTS = tuple(each for each in NAMES["intent"] if each != FALLBACK and not each.startswith("EXTERNAL_"))
_LOOKED_AT = 40_000  # events of Rasa's, of which a message makes about ten: no look grows with the table
_NEAREST = 3
_PERSONAL = re.compile(r"https?://\S+|[\w.+-]+@[\w-]+\.[\w.-]+|\+?\d(?:[\s./-]?\d){3,}")
_MARKUP = str.maketrans("[]{}\n\r\t", "       ")  # means something in training lines


@dataclass(frozen=True)
class Line:
    """What somebody wrote, without what names them by its shape. `nearest`: intent -> chance."""

    line_id: int
    at: datetime
    text: str
    nearest: Mapping[str, float]
    is_cut: bool


@dataclass(frozen=True)
class Group:
    """Lines that are alike: how many, the newest of each wording, and what they were nearest to."""

    count: int
    lines: Sequence[Line]
    nearest: Sequence[tuple[str, float]]

    @property
    def title(self) -> str:
        """The newest line, of those that are whole where there is one."""
        return next((each.text for each in self.lines if not each.is_cut), self.lines[0].text)


def read_lines(settings: Settings, language: Language, ids: Sequence[int] = ()) -> list[Line]:
    """The newest first, or those that are asked for. None that answered a question of ours: that is data, no wish."""
    found: list[Line] = []
    for row in _read_rows(settings, ids):
        line = _read_line(row, language)
        found += [line] if line else []
        if len(found) == LINES:
            break
    return found


def count_lines(settings: Settings) -> dict[Language, int]:
    """How many of each language a page shows."""
    counts = dict.fromkeys(LANGUAGES, 0)
    for row in _read_rows(settings):
        for language in LANGUAGES:
            is_one = counts[language] < LINES and _read_line(row, language) is not None
            counts[language] += is_one
        if min(counts.values()) == LINES:
            break
    return counts


def _read_rows(settings: Settings, ids: Sequence[int] = ()) -> Iterator[Any]:
    with open_trackers(settings) as trackers:
        if trackers is None:
            return
        event = tracker_events.c
        with trackers.read() as connection:
            newest = connection.scalar(sa.select(sa.func.max(event.id))) or 0
            query = sa.select(event.id, event.timestamp, event.data).where(
                event.id > newest - _LOOKED_AT, event.type_name == "user", sa.column("intent_name") == FALLBACK,
            ).order_by(event.id.desc())
            yield from connection.execute(query.where(event.id.in_(ids)) if ids else query).yield_per(LINES)


def group_lines(lines: Sequence[Line]) -> list[Group]:
    """The largest group first. Pure."""
    return [_describe([lines[n] for n in group]) for group in group_alike([each.text for each in lines])]


def cut_personal(text: str) -> str:
    """A line without addresses, links and longer numbers. A name it cannot know: somebody reads each line. Pure."""
    return " ".join(_PERSONAL.sub(HIDDEN, str(cut_secrets(text))).translate(_MARKUP).split())


def write_training(lines: Sequence[tuple[str, str]], language: Language) -> str:
    """(intent, text) -> a file as those of data/nlu. Pure."""
    wanted: dict[str, list[str]] = {}
    for intent, text in lines:
        wanted.setdefault(intent, []).append(text)
    blocks = [
        f"  - intent: {intent}\n    metadata:\n      language: {language}\n    examples: |\n"
        + "".join(f"      - {text}\n" for text in dict.fromkeys(texts))
        for intent, texts in wanted.items()
    ]
    return 'version: "3.1"\n\nnlu:\n' + "\n".join(blocks)


def _read_line(row: Any, language: Language) -> Line | None:
    said = json.loads(row.data)
    about, parsed = said.get("metadata") or {}, said.get("parse_data") or {}
    text = str(said.get("text") or "")
    if about.get("expects") or text[:1] in ("", "/") or _language_of(about, parsed) not in ("", language):
        return None
    ranking = parsed.get("intent_ranking") or []
    nearest = {each["name"]: float(each["confidence"]) for each in ranking if each["name"] in INTENTS}
    shown = cut_personal(text)
    return Line(row.id, datetime.fromtimestamp(row.timestamp, UTC), shown, nearest, HIDDEN in shown)


def _language_of(about: Mapping[str, Any], parsed: Mapping[str, Any]) -> str:
    """That of the message where it tells one, else the page's; "" for a line that may be either."""
    told = (each["value"] for each in parsed.get("entities") or () if each.get("entity") == "language")
    return str(next(told, about.get("language") or ""))


def _describe(lines: Sequence[Line]) -> Group:
    sums: Counter[str] = Counter()
    for each in lines:
        sums.update(each.nearest)
    wordings = {fold(each.text): each for each in reversed(lines)}  # the newest of each
    return Group(
        len(lines), sorted(wordings.values(), key=lambda each: -each.line_id)[:SHOWN],
        [(intent, chance / len(lines)) for intent, chance in sums.most_common(_NEAREST)],
    )
