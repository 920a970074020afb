"""The rules, looked up in the end of a conversation: the same actions as Rasa's own policy finds in all of it."""

import json

import pytest
from rasa.core.policies.rule_policy import RulePolicy
from rasa.engine.graph import ExecutionContext, GraphSchema
from rasa.engine.storage.resource import Resource
from rasa.shared.core.domain import Domain, InvalidDomain
from rasa.shared.core.events import ActionExecuted, SessionStarted, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from bot.dialogue.policies.recent_rules import RecentRulePolicy, find_end

DOMAIN = Domain.from_yaml("""
version: "3.1"
intents: [greet, thank, nlu_fallback]
slots: {language: {type: text, influence_conversation: false, mappings: [{type: custom}]}}
actions: [action_greet, action_thank, action_default_fallback]
""")
INTENTS = ("greet", "thank", "nlu_fallback", "unheard")


def _rules():
    lookup = {}
    for intent, action in (("greet", "action_greet"), ("thank", "action_thank"), ("nlu_fallback", "action_default_fallback")):
        heard = {"user": {"intent": intent}, "prev_action": {"action_name": "action_listen"}}
        done = {"user": {"intent": intent}, "prev_action": {"action_name": action}}
        lookup[json.dumps([heard], sort_keys=True)] = action
        lookup[json.dumps([heard, done], sort_keys=True)] = "action_listen"
    return {"rules": lookup, "rules_for_loop_unhappy_path": {}, "rule_only_slots": [], "rule_only_loops": [], "rules_not_in_stories": []}


def _make(policy):
    config = {**policy.get_default_config(), "priority": 6}
    return policy(config, None, Resource("rules"), ExecutionContext(GraphSchema({})), lookup=_rules())


def _talk(turns, intent):
    """So many turns that are over, then one that begins."""
    events = [ActionExecuted("action_session_start"), SessionStarted(), ActionExecuted("action_listen")]
    for number in range(turns):
        said = INTENTS[number % 2]
        events += [UserUttered("x", {"name": said}), ActionExecuted(f"action_{said}"), SlotSet("language", "fr"), ActionExecuted("action_listen")]
    return [*events, UserUttered("y", {"name": intent})]


@pytest.mark.parametrize("turns", [0, 1, 2, 7])
@pytest.mark.parametrize("intent", INTENTS)
@pytest.mark.parametrize("done", [None, "action_greet", "action_thank", "action_default_fallback"])
def test_predicts_what_rasas_policy_predicts(turns, intent, done):
    tracker = DialogueStateTracker.from_events("s1", _talk(turns, intent) + ([ActionExecuted(done)] if done else []), DOMAIN.slots)
    ours, theirs = (_make(policy).predict_action_probabilities(tracker, DOMAIN) for policy in (RecentRulePolicy, RulePolicy))
    assert ours.probabilities == theirs.probabilities


def test_reads_no_more_of_a_long_conversation_than_of_a_short_one():
    assert len(find_end(_talk(500, "greet"), 2)) <= len(find_end(_talk(2, "greet"), 2))


@pytest.mark.parametrize("telling", ["slots: {told: {type: text, influence_conversation: true, mappings: [{type: custom}]}}", "forms: {ask: {required_slots: []}}"])
def test_refuses_a_domain_whose_past_tells_something(telling):
    domain = Domain.from_yaml(f'version: "3.1"\nactions: [action_default_fallback]\n{telling}\n')
    with pytest.raises(InvalidDomain, match="end of a conversation"):
        RecentRulePolicy.raise_if_incompatible_with_domain(RecentRulePolicy.get_default_config(), domain)
