"""Stage A2: a message's features -> what the customer wants, with a confidence that means what it says.

Logistic regression over the sentence encoder's numbers and over character and word pieces, whose
temperature is set on folds that it did not see: of messages with confidence 0.8, four in five are right.
"""

from typing import Any, Dict, List, Optional, Text, Tuple, Type

import numpy as np
import skops.io as sio
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.shared.nlu.constants import INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from scipy.optimize import minimize_scalar
from scipy.special import softmax
from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold

from bot.dialogue.nlu.encoder import SentenceEncoderFeaturizer
from bot.dialogue.nlu.text import fold, normalise

RANKING = 10
TRUSTED = ["scipy.sparse._csr.csr_matrix"]  # data only; skops 0.9 does not list it yet


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class CalibratedIntentClassifier(IntentClassifier, GraphComponent):  # type: ignore[misc]  # Rasa ships no types
    """The customer's wish, ranked."""

    @classmethod
    def required_components(cls) -> List[Type[Any]]:
        """The encoder comes first."""
        return [SentenceEncoderFeaturizer]

    @staticmethod
    def get_default_config() -> Dict[Text, Any]:
        """`pieces` is how many numbers the characters and words are folded into."""
        return {"C": 20.0, "pieces": 300, "pieces_weight": 1.0, "folds": 3, "random_state": 42, "max_iter": 200}

    def __init__(
        self,
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        parts: Optional[Dict[str, Any]] = None,
    ) -> None:
        """`parts` is what training learnt; None before it."""
        self._config = {**self.get_default_config(), **config}
        self._model_storage = model_storage
        self._resource = resource
        self._parts = parts

    @classmethod
    def create(
        cls,
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> "CalibratedIntentClassifier":
        """The component before its training, as Rasa's graph makes it."""
        return cls(config, model_storage, resource)

    @classmethod
    def load(
        cls,
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> "CalibratedIntentClassifier":
        """The component as it was trained; only sklearn's and numpy's own types are read."""
        with model_storage.read_from(resource) as folder:
            parts = sio.load(folder / "intents.skops", trusted=TRUSTED)
        return cls(config, model_storage, resource, parts)

    def train(self, training_data: TrainingData) -> Resource:
        """Learn from the examples and keep the result."""
        examples = [each for each in training_data.intent_examples if each.get(INTENT) and each.get(TEXT)]
        labels = np.array([each.get(INTENT) for each in examples])
        texts = [_to_pieces(each.get(TEXT)) for each in examples]
        words = TfidfVectorizer(analyzer="word", ngram_range=(1, 2), sublinear_tf=True, token_pattern=r"\w+")
        signs = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), sublinear_tf=True, min_df=2)
        state = self._config["random_state"]
        fold_words = TruncatedSVD(self._config["pieces"], random_state=state).fit(words.fit_transform(texts))
        fold_signs = TruncatedSVD(self._config["pieces"], random_state=state).fit(signs.fit_transform(texts))
        parts: Dict[Text, Any] = {"words": words, "signs": signs, "fold_words": fold_words, "fold_signs": fold_signs}
        rows = self._to_rows(examples, parts)
        parts["temperature"] = self._find_temperature(rows, labels)
        model = self._fit(rows, labels)
        parts.update(coef=model.coef_, intercept=model.intercept_, names=[str(name) for name in model.classes_])
        with self._model_storage.write_to(self._resource) as folder:
            sio.dump(parts, folder / "intents.skops")
        self._parts = parts
        return self._resource

    def _fit(self, rows: Any, labels: Any) -> LogisticRegression:
        return LogisticRegression(
            C=self._config["C"], max_iter=self._config["max_iter"], tol=1e-3, class_weight="balanced"
        ).fit(rows, labels)

    def _find_temperature(self, rows: Any, labels: Any) -> float:
        folds = StratifiedKFold(self._config["folds"], shuffle=True, random_state=self._config["random_state"])
        held: List[Tuple[Any, Any]] = []
        for seen, unseen in folds.split(rows, labels):
            model = self._fit(rows[seen], labels[seen])
            truth = np.searchsorted(model.classes_, labels[unseen])
            held.append((model.decision_function(rows[unseen]), truth))
        scores = np.vstack([scores for scores, _ in held])
        truth = np.concatenate([truth for _, truth in held])
        return float(
            minimize_scalar(lambda heat: _log_loss(scores / heat, truth), bounds=(0.2, 5.0), method="bounded").x
        )

    def process(self, messages: List[Message]) -> List[Message]:
        """Each message with its intent and the ranking."""
        spoken = [message for message in messages if message.get(TEXT)]
        if not spoken or self._parts is None:
            return messages
        scores = self._to_rows(spoken, self._parts) @ self._parts["coef"].T + self._parts["intercept"]
        for message, row in zip(spoken, softmax(scores / self._parts["temperature"], axis=1), strict=True):
            best = np.argsort(-row)[:RANKING]
            ranking = [{"name": self._parts["names"][at], "confidence": float(row[at])} for at in best]
            message.set(INTENT, dict(ranking[0]), add_to_output=True)
            message.set("intent_ranking", ranking, add_to_output=True)
        return messages

    def _to_rows(self, messages: List[Message], parts: Dict[Text, Any]) -> Any:
        dense = np.vstack([message.get_dense_features(TEXT)[1].features for message in messages])
        texts = [_to_pieces(message.get(TEXT)) for message in messages]
        words = parts["fold_words"].transform(parts["words"].transform(texts))
        signs = parts["fold_signs"].transform(parts["signs"].transform(texts))
        return np.hstack([dense, self._config["pieces_weight"] * words, self._config["pieces_weight"] * signs])


def _to_pieces(text: str) -> str:
    return fold(normalise(text))


def _log_loss(scores: Any, truth: Any) -> float:
    chances = softmax(scores, axis=1)[np.arange(len(truth)), truth]
    return float(-np.log(np.clip(chances, 1e-12, 1)).mean())
