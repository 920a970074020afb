"""Stage A2: the shop's own words, in both languages and mistyped -> the values of its catalogue.

The words come from the file that the active engine exports; it is read at start and again when it
changes, so a new collection needs no training. Without the file nothing is found, and nothing fails.
"""

import json
import logging
import os
from functools import lru_cache
from pathlib import Path
from typing import Any, Dict, FrozenSet, List, Mapping, NamedTuple, Optional, Sequence, Text, Tuple

from rapidfuzz import fuzz, process
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import ENTITIES, TEXT
from rasa.shared.nlu.training_data.message import Message
from spacy.matcher import PhraseMatcher
from spacy.tokens import Doc
from spacy.util import filter_spans
from spacy.vocab import Vocab
from spellchecker import SpellChecker

from bot.dialogue.nlu.fashion import COLOURS, FALSE_FRIENDS, SAYINGS, TYPES
from bot.dialogue.nlu.text import Word, find_words, fold

log = logging.getLogger(__name__)
DEFAULT_PATH = "var/vocabulary.json"
KINDS = ("product_type", "brand", "colour", "occasion", "gender")  # sizes have a form; see forms.py
SHORTEST_TYPO = 5  # letters: shorter words have too many neighbours
ALIKE = 86.0  # of 100
OFTEN = 50  # in the word lists: rarer ones are mistyped themselves
SAYING = "saying"  # a kind that is found and dropped
# What these find is never a colour or a garment too: "carte bleue", "à Bordeaux".
CLOSED = frozenset(("payment_method", "carrier", "city", "email", "person_name"))


class Term(NamedTuple):
    """What a name stands for."""

    kind: str
    value: str


class Vocabulary:
    """The names of a catalogue, ready to be found in a text."""

    def __init__(self, words: Mapping[str, Mapping[str, Sequence[str]]]) -> None:
        """`words` is kind -> value -> its names."""
        self._vocab = Vocab()
        self._terms: Dict[Tuple[str, ...], Term] = {}
        for kind in KINDS:
            for value, names in words.get(kind, {}).items():
                for name in (*names, value.replace("_", " ")):
                    self._add(name, Term(kind, value))
        for kind, names_of in (("product_type", TYPES), ("colour", COLOURS)) if words else ():
            for value, names in names_of.items():
                for name in names:
                    self._add(name, Term(kind, value))
        self._single = sorted({name[0] for name in self._terms if len(name) == 1 and len(name[0]) >= SHORTEST_TYPO})
        for saying in SAYINGS:
            self._terms[tuple(word.plain for word in find_words(saying))] = Term(SAYING, "")
        self._matcher = PhraseMatcher(self._vocab)
        self._matcher.add("name", [Doc(self._vocab, words=list(name)) for name in self._terms])

    def _add(self, name: str, term: Term) -> None:
        words = tuple(word.plain for word in find_words(name))
        if words:
            self._terms.setdefault(words, term)
            if len(words) == 1 and term.kind in ("product_type", "colour") and words[0][-1] not in "sx":
                self._terms.setdefault((f"{words[0]}s",), term)

    def find(self, text: str, language: str = "") -> List[Dict[str, Any]]:
        """The entities in the text, the longest names first; what no name matches is tried as a mistyped one.

        Names that are other words in `language` are passed over.
        """
        words = find_words(text)
        if not words or not self._terms:
            return []
        spans = filter_spans(self._matcher(Doc(self._vocab, words=[word.plain for word in words]), as_spans=True))
        found = {span.start: (span.end, self._terms[tuple(token.text for token in span)]) for span in spans}
        taken = {at for span in spans for at in range(span.start, span.end)}
        for at, word in enumerate(words):
            typo = None if at in taken else self._match_typo(word.plain)
            if typo:
                found[at] = (at + 1, typo)
        friends = FALSE_FRIENDS.get(language, frozenset())
        return [
            _to_entity(term, words[start], words[end - 1])
            for start, (end, term) in sorted(found.items())
            if term.kind != SAYING and not (end == start + 1 and words[start].plain in friends)
        ]

    def _match_typo(self, word: str) -> Optional[Term]:
        if len(word) < SHORTEST_TYPO or word.isdigit() or word in load_known_words():
            return None
        near = process.extractOne(word, self._single, scorer=fuzz.ratio, score_cutoff=ALIKE)
        return self._terms[(near[0],)] if near and near[0][0] == word[0] else None


def _to_entity(term: Term, first: Word, last: Word) -> Dict[str, Any]:
    return {"entity": term.kind, "value": term.value, "start": first.start, "end": last.end, "extractor": "vocabulary"}


def read_vocabulary(path: Path) -> Vocabulary:
    """The vocabulary in the file; an empty one where it is missing or half written."""
    try:
        return Vocabulary(json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return Vocabulary({})
    except (ValueError, AttributeError, TypeError) as error:
        log.warning("vocabulary_unreadable error=%s", type(error).__name__)
        return Vocabulary({})


@lru_cache(maxsize=1)
def load_known_words() -> FrozenSet[str]:
    """The words of French and English, folded: whoever writes one of them did not mistype another."""
    return frozenset(
        fold(word)
        for language in ("fr", "en")
        for word, times in SpellChecker(language=language).word_frequency.items()
        if times >= OFTEN and len(word) >= SHORTEST_TYPO
    )


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=False)
class VocabularyExtractor(GraphComponent):  # type: ignore[misc]  # Rasa ships no types that mypy can follow
    """Entities of the catalogue."""

    def __init__(self, path: Path) -> None:
        """Reads the file where there is one."""
        self._path = path
        self._read_at: Optional[float] = None
        self._vocabulary = Vocabulary({})
        self._refresh()

    @classmethod
    def create(
        cls,
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> "VocabularyExtractor":
        """The component, as Rasa's graph makes it."""
        return cls(Path(os.environ.get("PREVENANT_VOCABULARY") or DEFAULT_PATH))

    def _refresh(self) -> None:
        changed_at = self._path.stat().st_mtime if self._path.exists() else None
        if changed_at != self._read_at:
            self._vocabulary, self._read_at = read_vocabulary(self._path), changed_at

    def process(self, messages: List[Message]) -> List[Message]:
        """Each message with the catalogue's values in it."""
        self._refresh()
        for message in messages:
            before = message.get(ENTITIES, [])
            told = (message.get("metadata") or {}).get("language", "")
            language = next((each["value"] for each in before if each["entity"] == "language"), told)
            found = self._vocabulary.find(message.get(TEXT) or "", language)
            message.set(ENTITIES, [*before, *(each for each in found if _is_new(each, before))], add_to_output=True)
        return messages


def _is_new(entity: Dict[str, Any], before: Sequence[Dict[str, Any]]) -> bool:
    """Whether nothing says the same already, and no closed name holds its words."""
    return not any(
        (other["entity"], other["value"]) == (entity["entity"], entity["value"])
        or (other["entity"] in CLOSED and other["start"] < entity["end"] and entity["start"] < other["end"])
        for other in before
    )
