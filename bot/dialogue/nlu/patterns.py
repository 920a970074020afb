"""Stage A2: what has a form of its own in a message: numbers, addresses, dates, positions, prices, reasons."""

from typing import Any, Dict, List, Text

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import ENTITIES, TEXT
from rasa.shared.nlu.training_data.message import Message

from bot.dialogue.nlu.forms import find_forms


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=False)
class PatternExtractor(GraphComponent):  # type: ignore[misc]  # Rasa ships no types that mypy can follow
    """Entities that need no training."""

    @classmethod
    def create(
        cls,
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> "PatternExtractor":
        """The component, as Rasa's graph makes it."""
        return cls()

    def process(self, messages: List[Message]) -> List[Message]:
        """Each message with what was found in it."""
        for message in messages:
            expects = (message.get("metadata") or {}).get("expects", "")
            found = [
                {
                    "entity": each.name,
                    "value": each.value,
                    "start": each.start,
                    "end": each.end,
                    "extractor": "patterns",
                }
                for each in find_forms(message.get(TEXT) or "", expects)
            ]
            message.set(ENTITIES, [*message.get(ENTITIES, []), *found], add_to_output=True)
        return messages
