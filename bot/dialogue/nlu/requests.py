"""Stage A2: a message and the parts that it may be cut into, each a message for the components that follow."""

from typing import Any, Dict, List, Text

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.dialogue.nlu.clauses import find_cuts

PARTS = "parts"  # before and after the first cut, before and after the second, ...


def parts_of(message: Message) -> List[Message]:
    """What stands before and after each cut of the message; none in training, where every line is one request."""
    return list(message.get(PARTS) or ())


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=False)
class RequestSplitter(GraphComponent):  # type: ignore[misc]  # Rasa ships no types that mypy can follow
    """Cuts a message wherever a second request may begin; the classifier decides whether one does."""

    @classmethod
    def create(
        cls,
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> "RequestSplitter":
        """The component, as Rasa's graph makes it."""
        return cls()

    def process(self, messages: List[Message]) -> List[Message]:
        """Each message with its parts."""
        for message in messages:
            cuts = find_cuts(message.get(TEXT) or "")
            message.set(PARTS, [Message({TEXT: side}) for cut in cuts for side in (cut.before, cut.after)])
        return messages

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """The examples as they are."""
        return training_data
