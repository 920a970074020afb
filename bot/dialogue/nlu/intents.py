"""Stage A2: a message's features -> what the customer wants, ranked, with chances that mean what they say."""

from typing import Any, Dict, List, Optional, Text, Type

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

from bot.dialogue.nlu.classifier import IntentModel, fit, pool
from bot.dialogue.nlu.clauses import Requests, decide, find_cuts
from bot.dialogue.nlu.encoders import SentenceEncoderFeaturizer, encode
from bot.dialogue.nlu.requests import parts_of

RANKING = 10
REQUESTS = "requests"  # the two requests of a message that holds two: [{"name", "text"}, ...]
OUT_OF_SCOPE = "out_of_scope"
OTHERS_SHARE = 2.7  # how much commoner a message of somebody else's business is than one of any one wish
SMALL_TALK = frozenset(f"greet goodbye thank affirm deny bot_challenge help {OUT_OF_SCOPE}".split())
TRUSTED = ["scipy.sparse._csr.csr_matrix"]  # data only; skops 0.9 does not list it yet


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class CalibratedIntentClassifier(IntentClassifier, GraphComponent):  # type: ignore[misc]  # Rasa ships no types
    """The customer's wish, ranked."""

    @classmethod
    def required_components(cls) -> List[Type[Any]]:
        """The encoders come first."""
        return [SentenceEncoderFeaturizer]

    @staticmethod
    def get_default_config() -> Dict[Text, Any]:
        """`doubt_encoder` reads a message again which the first encoder and the words leave less sure than `sure`."""
        return {"doubt_encoder": "", "sure": 1.0}

    def __init__(
        self,
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        model: Optional[IntentModel] = None,
    ) -> None:
        """`model` is what training learnt; None before it."""
        self._doubt_encoder: str = config["doubt_encoder"]
        self._sure: float = config["sure"]
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
        return cls(config, model_storage, resource, IntentModel(parts))

    def train(self, training_data: TrainingData) -> Resource:
        """Learn from the examples and keep the result."""
        examples = [each for each in training_data.intent_examples if each.get(INTENT) and each.get(TEXT)]
        encoded = [each for each in examples if _is_encoded(each)]
        more = [(each.get(TEXT), each.get(INTENT)) for each in examples if not _is_encoded(each)]
        texts, labels = [each.get(TEXT) for each in encoded], [each.get(INTENT) for each in encoded]
        self._model = fit(_to_rows(encoded), texts, labels, more, widths=[_width_of_first(encoded[0])])
        with self._model_storage.write_to(self._resource) as folder:
            sio.dump(self._model.parts, folder / "intents.skops")
        return self._resource

    def process(self, messages: List[Message]) -> List[Message]:
        """Each message with its intent and the ranking."""
        spoken = [message for message in messages if message.get(TEXT)]
        if not spoken or self._model is None:
            return messages
        for message in spoken:
            chances = expect_others(
                self._model.names, predict(self._model, message, encoder=self._doubt_encoder, sure=self._sure)
            )
            ranking = rank(self._model.names, pool(chances[0], chances[1:]))
            message.set(INTENT, dict(ranking[0]), add_to_output=True)
            message.set("intent_ranking", ranking, add_to_output=True)
            message.set(REQUESTS, find_requests(self._model.names, message.get(TEXT), chances), add_to_output=True)
        return messages


def predict(model: IntentModel, message: Message, *, encoder: str = "", sure: float = 1.0) -> Any:
    """One row of chances for the message and one for each of its parts, which the first encoder has read.

    Where no label of the message is `sure` to be right, the other encoder reads it too, and both count.
    """
    parts = parts_of(message)
    whole, words = _to_rows([message]), model.hear([each.get(TEXT) for each in (message, *parts)])
    chances = model.weigh(whole, words[:1])
    if encoder and chances.max() < sure:
        chances = model.weigh(np.hstack([whole, encode(encoder, [message.get(TEXT)])]), words[:1])
    return np.vstack([chances, model.weigh(_to_rows(parts), words[1:])]) if parts else chances


def expect_others(names: List[str], chances: Any) -> Any:
    """The rows of chances where out of scope is as common as it is: training takes every label for equally common."""
    weights = np.array([OTHERS_SHARE if name == OUT_OF_SCOPE else 1.0 for name in names])
    return chances * weights / (chances @ weights)[:, None]


def rank(names: List[str], chances: Any) -> List[Dict[str, Any]]:
    """The likeliest labels and, always, how likely the message is none of ours."""
    best = [int(at) for at in np.argsort(-chances)[:RANKING]]
    if OUT_OF_SCOPE in names and names.index(OUT_OF_SCOPE) not in best:
        best.append(names.index(OUT_OF_SCOPE))
    return [{"name": names[at], "confidence": float(chances[at])} for at in best]


def find_requests(names: List[str], text: str, chances: Any) -> List[Dict[str, str]]:
    """Both requests of a text that holds two, as they stand in it; nothing where it holds one."""
    is_request = np.array([name not in SMALL_TALK for name in names])
    sides = [(chances[at], chances[at + 1]) for at in range(1, len(chances), 2)]
    found: Optional[Requests] = decide(chances[0], find_cuts(text), sides, is_request)
    if found is None:
        return []
    return [{"name": names[found.first], "text": found.before}, {"name": names[found.second], "text": found.after}]


def _to_rows(messages: List[Message]) -> Any:
    return np.vstack([message.get_dense_features(TEXT)[1].features for message in messages])


def _width_of_first(message: Message) -> int:
    """How many numbers the first encoder gives: parts of a message have these alone."""
    return int(message.features[0].features.shape[-1])


def _is_encoded(message: Message) -> bool:
    return message.get_dense_features(TEXT)[1] is not None
