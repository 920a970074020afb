"""Stage A3: Rasa's rules, looked up in as much of the conversation as the longest rule holds.

RulePolicy reads a conversation from its beginning, twice for each action: a tracker is a person's for good, and every turn
would cost more than the last.
"""

import json
from functools import cached_property
from typing import Any, Dict, FrozenSet, List, Optional, Set, Text, Tuple

from rasa.core.policies.rule_policy import RulePolicy
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.shared.core.domain import Domain, InvalidDomain, State
from rasa.shared.core.events import ActionExecuted, Event
from rasa.shared.core.generator import TrackerWithCachedStates
from rasa.shared.core.trackers import DialogueStateTracker

RULES = "rules"  # the key of RulePolicy's table
SHORTEST = 2  # states: what the customer wants, and that it was done
MOST_FOUND = 10_000  # ends of conversations whose rules are remembered


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.POLICY_WITHOUT_END_TO_END_SUPPORT, is_trainable=True)
class RecentRulePolicy(RulePolicy):  # type: ignore[misc]  # Rasa ships no types that mypy can follow
    """RulePolicy for rules of intents and actions alone, as all of data/rules are: no slot, form or text in them."""

    _is_training = False

    @classmethod
    def raise_if_incompatible_with_domain(cls, config: Dict[Text, Any], domain: Domain) -> None:
        """Refuses with InvalidDomain what the conversation's end alone would not tell."""
        super().raise_if_incompatible_with_domain(config, domain)
        telling = [slot.name for slot in domain.slots if slot.influence_conversation]
        if telling or domain.form_names:
            raise InvalidDomain(
                f"RecentRulePolicy reads the end of a conversation only. Take `influence_conversation` from "
                f"{', '.join(telling) or 'every slot'} and leave out forms, or write RulePolicy into config.yml"
            )

    def train(
        self, training_trackers: List[TrackerWithCachedStates], domain: Domain, **kwargs: Any
    ) -> Resource:
        """Rasa's own training, which looks rules up while it still gathers them: nothing is remembered of it."""
        self._is_training = True
        try:
            return super().train(training_trackers, domain, **kwargs)
        finally:
            self._is_training = False

    def _prediction_states(
        self,
        tracker: DialogueStateTracker,
        domain: Domain,
        use_text_for_last_user_input: bool = False,
        rule_only_data: Optional[Dict[Text, Any]] = None,
    ) -> List[State]:
        events = find_end(list(tracker.events), self._longest())
        end = DialogueStateTracker.from_events(tracker.sender_id, events, domain.slots)
        return super()._prediction_states(end, domain, use_text_for_last_user_input, rule_only_data)  # type: ignore[no-any-return]

    def _find_action_from_rules(
        self, tracker: DialogueStateTracker, domain: Domain, use_text_for_last_user_input: bool
    ) -> Tuple[Optional[Text], Optional[Text], bool]:
        if use_text_for_last_user_input:  # no rule holds a customer's words
            return None, None, False
        return super()._find_action_from_rules(tracker, domain, use_text_for_last_user_input)  # type: ignore[no-any-return]

    def _get_possible_keys(self, lookup: Dict[Text, Text], states: List[State]) -> Set[Text]:
        if self._is_training or lookup is not self.lookup.get(RULES):
            return super()._get_possible_keys(lookup, states)  # type: ignore[no-any-return]
        end = json.dumps(states)
        if end not in self._found:
            if len(self._found) >= MOST_FOUND:
                self._found.clear()
            self._found[end] = frozenset(super()._get_possible_keys(lookup, states))
        return set(self._found[end])

    @cached_property
    def _found(self) -> Dict[Text, FrozenSet[Text]]:
        """The rules that an end of a conversation fits: people say much the same, and a trained policy never changes."""
        return {}

    def _longest(self) -> int:
        return max((len(self._rule_key_to_state(key)) for key in self.lookup.get(RULES, ())), default=SHORTEST)


def find_end(events: List[Event], states: int) -> List[Event]:
    """The events from which the last so many states come: a state begins with what was done before it. Pure."""
    begun = [at for at, event in enumerate(events) if isinstance(event, ActionExecuted)]
    return events[begun[-states] :] if len(begun) > states else events
