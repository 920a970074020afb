"""Stage A2: the language of a message, French or English, with the conversation's language as what we expect.

Lingua knows the two languages at large; pieces of words of the training lines know how customers write
("jpeu savoir", "wher is it"). Each gives its log odds, and the sum decides.
"""

import math
import re
from dataclasses import dataclass
from typing import Any, Callable, Dict, List, Optional, Sequence, Text

import skops.io as sio
from lingua import Language, LanguageDetector, LanguageDetectorBuilder
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import ENTITIES, METADATA, METADATA_INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline, make_union

from bot.dialogue.nlu.pieces import Pieces
from bot.dialogue.nlu.text import fold

TRUSTED = ["scipy.sparse._csr.csr_matrix"]  # data only; skops 0.9 does not list it yet
SURE_ALONE = 0.5  # log odds, with no language known yet
SURE_AGAINST = 2.5  # to leave the language that the conversation has
LINGUA_WEIGHT = 1.0
_NO_LANGUAGE = re.compile(r"\S+@\S+|https?://\S+|\S*\d\S*")  # addresses, links, numbers of orders and parcels
_GIVES_DATA = (
    "email",
    "phone",
    "email_or_postcode",
    "identity",
    "postcode",
    "code",
    "name",
    "address",
    "order_number",
    "size",
)
_GRAMMAR = frozenset(
    "je tu vous nous il elle le la les des du mon ma mes votre est sont suis ai avez et mais pas que qui quoi quand pour avec dans ce "
    "cette bonjour merci i you we the my your are is do does have and but not what where when who how for with in this that please".split()
)


@dataclass(frozen=True)
class LanguageModel:
    """Says how much likelier French is than English."""

    detector: LanguageDetector
    heard: Optional[Callable[[str], float]]  # log odds by pieces of words; None before training

    def log_odds_of_french(self, text: str) -> float:
        """Natural log of P(French) / P(English); 0 where nothing speaks for either."""
        share = self.detector.compute_language_confidence(text, Language.FRENCH)
        odds = LINGUA_WEIGHT * math.log((share + 0.02) / (1.02 - share))
        return odds + (self.heard(text) if self.heard else 0.0)


def make_model(pieces: Any = None) -> LanguageModel:
    """The model, with what training learnt: sklearn's pipeline of `learn_pieces`."""
    detector = LanguageDetectorBuilder.from_languages(Language.FRENCH, Language.ENGLISH).build()
    return LanguageModel(detector, None if pieces is None else _read_pieces(pieces))


def _read_pieces(pipeline: Any) -> Callable[[str], float]:
    """The pipeline's `decision_function`, for one text."""
    union, regression = pipeline
    pieces, weights = Pieces([each for _, each in union.transformer_list]), regression.coef_[0]
    return lambda text: float(pieces.score(text, weights) + regression.intercept_[0])


def learn_pieces(texts: Sequence[str], languages: Sequence[str]) -> Any:
    """What pieces of words say of the language, from texts in `fr` and `en`; accents count."""
    return make_pipeline(
        make_union(
            TfidfVectorizer(analyzer="char_wb", ngram_range=(1, 4), sublinear_tf=True),
            TfidfVectorizer(analyzer="word", ngram_range=(1, 2), token_pattern=r"\w+"),
        ),
        LogisticRegression(C=30.0, max_iter=200),
    ).fit(texts, [language == "fr" for language in languages])


def identify_language(text: str, known: str, model: LanguageModel) -> Optional[str]:
    """`fr` or `en`; None where the message does not tell, so that the conversation keeps its language."""
    text = "" if text.startswith("/") else _NO_LANGUAGE.sub(" ", text)
    if not re.search(r"[^\W\d_]{2}", text):
        return None
    odds = model.log_odds_of_french(text)
    likely = "fr" if odds >= 0 else "en"
    needed = SURE_ALONE if known in ("", likely) else SURE_AGAINST
    return likely if abs(odds) >= needed else None


def _is_sentence(text: str) -> bool:
    words = set(re.findall(r"[a-z]+", fold(text)))
    return len(words & _GRAMMAR) >= 3 and not re.search(r"\d", text)


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=True)
class LanguageIdentifier(GraphComponent):  # type: ignore[misc]  # Rasa ships no types that mypy can follow
    """Writes the entity `language`, which fills the slot of that name."""

    def __init__(self, model_storage: ModelStorage, resource: Resource, model: LanguageModel) -> None:
        """`model` knows only languages at large before training."""
        self._model_storage = model_storage
        self._resource = resource
        self._model = model

    @classmethod
    def create(
        cls,
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> "LanguageIdentifier":
        """The component before its training, as Rasa's graph makes it."""
        return cls(model_storage, resource, make_model())

    @classmethod
    def load(
        cls,
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> "LanguageIdentifier":
        """The component as it was trained; only sklearn's and numpy's own types are read."""
        with model_storage.read_from(resource) as folder:
            pieces = sio.load(folder / "language.skops", trusted=TRUSTED)
        return cls(model_storage, resource, make_model(pieces))

    def train(self, training_data: TrainingData) -> Resource:
        """Learn from the lines whose intent says `metadata: {language: fr}` or `en`."""
        told = [(each.get(TEXT), language_of(each)) for each in training_data.intent_examples]
        told = [(text, language) for text, language in told if text and language]
        pieces = learn_pieces(*zip(*told, strict=True)) if len({language for _, language in told}) == 2 else None
        with self._model_storage.write_to(self._resource) as folder:
            sio.dump(pieces, folder / "language.skops")
        self._model = make_model(pieces)
        return self._resource

    def process(self, messages: List[Message]) -> List[Message]:
        """Each message with its language among its entities, where it tells one."""
        for message in messages:
            text = message.get(TEXT) or ""
            metadata = message.get(METADATA) or {}
            known = metadata.get("language", "")
            if known and metadata.get("expects") in _GIVES_DATA and not _is_sentence(text):
                continue  # a street in Lille makes nobody French
            language = identify_language(text, known, self._model)
            if language:
                found = {"entity": "language", "value": language, "start": 0, "end": len(text), "extractor": "language"}
                message.set(ENTITIES, [*message.get(ENTITIES, []), found], add_to_output=True)
        return messages


def language_of(example: Message) -> str:
    """The language that a training example's intent says in its metadata; "" where it says none."""
    metadata = (example.get(METADATA) or {}).get(METADATA_INTENT) or {}
    return str(metadata.get("language", "")) if isinstance(metadata, dict) else ""
