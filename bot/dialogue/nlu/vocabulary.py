"""Stage A2: the shop's own words, in both languages and mistyped -> the values of its catalogue.

The words come from the file that the active engine exports; it is read at start and again when it
changes, so a new collection needs no training. Without the file nothing is found, and nothing fails.
"""

import json
import logging
import os
from pathlib import Path
from typing import Any, Dict, List, Mapping, NamedTuple, Optional, Sequence, Set, Text, Tuple

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

from bot.dialogue.nlu.text import Word, find_words
from bot.dialogue.nlu.wordlists import GROUPS

log = logging.getLogger(__name__)
DEFAULT_PATH = "var/vocabulary.json"
KINDS = ("product_type", "brand", "colour", "occasion", "gender")  # sizes have a form; see forms.py
SHORTEST_TYPO = 5  # letters: shorter words have too many neighbours
ALIKE = 86.0  # of 100
_COMMON = frozenset(  # everyday words one letter away from a catalogue's
    "robot moment comment content boite boites botte chose choses maison raison mettre lettre pointe points point montre blanc branche "
    "couleur colis comme commande grand short shirt about small shall style taille table where there these those shops shop reste vente "
    "vert verre verse argent urgent dernier dollar collar caisse basique panier papier retour bonne bonnes bonnet cadeau class jupon".split()
)


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
        for value, group in GROUPS.items() if words else ():
            for name in group:
                self._add(name, Term("product_type", value))
        self._matcher = PhraseMatcher(self._vocab)
        self._matcher.add("name", [Doc(self._vocab, words=list(name)) for name in self._terms])
        self._single = sorted({name[0] for name in self._terms if len(name) == 1 and len(name[0]) >= SHORTEST_TYPO})

    def _add(self, name: str, term: Term) -> None:
        words = tuple(word.plain for word in find_words(name))
        if words:
            self._terms.setdefault(words, term)
            if len(words) == 1 and term.kind in ("product_type", "colour") and words[0][-1] not in "sx":
                self._terms.setdefault((f"{words[0]}s",), term)

    def find(self, text: str) -> List[Dict[str, Any]]:
        """The entities in the text, the longest names first; what no name matches is tried as a mistyped one."""
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
        return [_to_entity(term, words[start], words[end - 1]) for start, (end, term) in sorted(found.items())]

    def _match_typo(self, word: str) -> Optional[Term]:
        if len(word) < SHORTEST_TYPO or word in _COMMON or word.isdigit():
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
            names: Set[Tuple[str, str]] = {(each["entity"], each["value"]) for each in before}
            found = [
                each
                for each in self._vocabulary.find(message.get(TEXT) or "")
                if (each["entity"], each["value"]) not in names
            ]
            message.set(ENTITIES, [*before, *found], add_to_output=True)
        return messages
