"""Stage A3: is this message the answer to the one question that we asked? If so, it goes to the topic that asked.

Everything else is left to the rules: a digression is answered, and the question stays open. Of somebody verified, the
service desk hears everything first, and lets go what is not about their orders.
"""

from typing import Any, Dict, List, Optional, Text

from rasa.core.featurizers.tracker_featurizers import TrackerFeaturizer
from rasa.core.policies.policy import Policy, PolicyPrediction
from rasa.engine.graph import ExecutionContext
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.core.constants import ACTION_LISTEN_NAME
from rasa.shared.core.domain import Domain
from rasa.shared.core.generator import TrackerWithCachedStates
from rasa.shared.core.trackers import DialogueStateTracker

from bot.dialogue.policies.answering import answers, is_for_desk, may_say_who

ACTION = "action_answer_open_question"
HEAR = "action_hear_customer"
KNOWN = "is_known"  # the slot that says that the customer proved who they are: the service desk hears them first
PRIORITY = 10  # above the rules'


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.POLICY_WITHOUT_END_TO_END_SUPPORT, is_trainable=True)
class OpenQuestionPolicy(Policy):  # type: ignore[misc]  # Rasa ships no types that mypy can follow
    """Sends an answer to `action_answer_open_question`, and abstains from everything else."""

    @staticmethod
    def get_default_config() -> Dict[Text, Any]:
        """Its priority."""
        return {"priority": PRIORITY, "max_history": None}

    @classmethod
    def create(
        cls,
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> "OpenQuestionPolicy":
        """The policy, as Rasa's graph makes it; nothing is learnt."""
        return cls(config, model_storage, resource, execution_context)

    @classmethod
    def load(
        cls,
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> "OpenQuestionPolicy":
        """The policy again; nothing was learnt."""
        return cls(config, model_storage, resource, execution_context)

    def _create_featurizer(self) -> Optional[TrackerFeaturizer]:
        return None

    def train(self, training_trackers: List[TrackerWithCachedStates], domain: Domain, **kwargs: Any) -> Resource:
        """Rasa trains every policy; this one has nothing to learn."""
        return self._resource

    def predict_action_probabilities(
        self,
        tracker: DialogueStateTracker,
        domain: Domain,
        rule_only_data: Optional[Dict[Text, Any]] = None,
        **kwargs: Any,
    ) -> PolicyPrediction:
        """All or nothing: the answering action, then listening; zeros to abstain."""
        action = choose_action(tracker)
        scores: List[float] = self._default_predictions(domain)
        if action and action in domain.action_names_or_texts:
            scores[domain.index_for_action(action)] = 1.0
        return self._prediction(scores)


def choose_action(tracker: DialogueStateTracker) -> str:
    """The action to take next, "" to leave it to the rules."""
    if tracker.latest_action_name in (ACTION, HEAR):
        return str(ACTION_LISTEN_NAME)
    message = tracker.latest_message
    if tracker.latest_action_name != ACTION_LISTEN_NAME or message is None or not message.text:
        return ""
    metadata = message.metadata or {}
    expects = metadata["expects"] if "expects" in metadata else tracker.get_slot("expects")
    intent = message.intent or {}
    name, confidence = intent.get("name") or "", intent.get("confidence") or 0.0
    if answers(expects or "", name, confidence, message.entities or [], message.text):
        return ACTION
    is_heard = tracker.get_slot(KNOWN) or may_say_who(message.text)
    return HEAR if is_heard and is_for_desk(name, confidence, message.text) else ""
