"""Stage A4: Rasa asks the action server: over connections that stay open, telling no more than actions read.

Rasa's own call makes a connection each time, tells the whole conversation, and checks the schema of answers (18 ms of
processor, rasa 3.6.21 with jsonschema 4.17) before it checks the answer.
"""

from contextlib import AbstractAsyncContextManager, nullcontext
from functools import cached_property, lru_cache
from typing import Any, Dict, Text, Tuple

import aiohttp
import rasa
from jsonschema import Draft202012Validator
from rasa.core.actions.action import Action, RemoteAction
from rasa.core.policies.policy import PolicyPrediction
from rasa.core.processor import MessageProcessor
from rasa.engine.runner.dask import DaskGraphRunner
from rasa.shared.core.domain import Domain
from rasa.shared.core.trackers import DialogueStateTracker, EventVerbosity
from rasa.shared.utils.schemas.events import EVENT_SCHEMA
from rasa.utils.endpoints import EndpointConfig

from bot.dialogue.graph_run import StraightRunner


class KeptEndpoint(EndpointConfig):  # type: ignore[misc]  # Rasa ships no types that mypy can follow
    """An endpoint of endpoints.yml whose connections stay open between calls."""

    @classmethod
    def of(cls, endpoint: EndpointConfig) -> "KeptEndpoint":
        """The same address with the same settings. Opens nothing."""
        kept = cls.__new__(cls)
        kept.__dict__.update(endpoint.__dict__)
        return kept

    @cached_property
    def _session(self) -> aiohttp.ClientSession:
        """Made on the event loop by the first call."""
        return super().session()  # type: ignore[no-any-return]

    def session(self) -> "AbstractAsyncContextManager[aiohttp.ClientSession]":
        """The one session, which a call leaves open."""
        return nullcontext(self._session)

    async def close(self) -> None:
        """Give back every connection."""
        if "_session" in self.__dict__:
            await self.__dict__.pop("_session").close()


class ShortRemoteAction(RemoteAction):  # type: ignore[misc]  # as above
    """An action of the action server, told slots and the latest message: ours read nothing else of a tracker."""

    def _action_call_format(self, tracker: DialogueStateTracker, domain: Domain) -> Dict[Text, Any]:
        return {
            "next_action": self.name(),
            "sender_id": tracker.sender_id,
            "tracker": {**tracker.current_state(EventVerbosity.NONE), "events": []},
            "version": rasa.__version__,
        }

    def _validate_action_result(self, result: Dict[Text, Any]) -> bool:
        if not is_plainly_valid(result):
            _read_schema().validate(result)
        return True


@lru_cache(maxsize=1)
def _read_schema() -> Draft202012Validator:
    """Rasa's own schema of an answer; that it is one itself need not be found out each time."""
    return Draft202012Validator(RemoteAction.action_response_format_spec())


def is_plainly_valid(answer: Any) -> bool:
    """Whether each event fits the schema of its own kind: Rasa's tries it with all 23. What is not so may be valid."""
    if not isinstance(answer, dict):
        return False
    events, responses = answer.get("events"), answer.get("responses")
    if not isinstance(events, list) or not isinstance(responses, list):
        return False
    return all(isinstance(each, dict) for each in responses) and all(_fits_its_kind(each) for each in events)


def _fits_its_kind(event: Any) -> bool:
    check = _read_kinds().get(str(event.get("event"))) if isinstance(event, dict) else None
    return check is not None and check.is_valid(event)


@lru_cache(maxsize=1)
def _read_kinds() -> Dict[Text, Draft202012Validator]:
    """Rasa's schema of an event, one for each kind."""
    schema = {**EVENT_SCHEMA}
    kinds = schema.pop("oneOf")
    return {kind["properties"]["event"]["const"]: Draft202012Validator({**schema, "allOf": [kind]}) for kind in kinds}


class TurnProcessor(MessageProcessor):  # type: ignore[misc]  # as above
    """Rasa's processor, asking in short and walking its graph straight."""

    @classmethod
    def of(cls, processor: MessageProcessor) -> "TurnProcessor":
        """The same processor with the model that it has loaded."""
        made = cls.__new__(cls)
        made.__dict__.update(processor.__dict__)
        if made.action_endpoint:
            made.action_endpoint = KeptEndpoint.of(made.action_endpoint)
        if type(made.graph_runner) is DaskGraphRunner:
            made.graph_runner = StraightRunner.of(made.graph_runner)
        return made

    def predict_next_with_tracker_if_should(self, tracker: DialogueStateTracker) -> Tuple[Action, PolicyPrediction]:
        """Rasa's next action; one of the action server's is asked in short."""
        action, prediction = super().predict_next_with_tracker_if_should(tracker)
        if type(action) is RemoteAction:
            action = ShortRemoteAction(action.name(), self.action_endpoint)
        return action, prediction


def shorten(agent: Any) -> None:
    """Let the agent's turns ask in short from here on; to be said again once it may have loaded another model."""
    if type(agent.processor) is MessageProcessor:
        agent.processor = TurnProcessor.of(agent.processor)


async def close(agent: Any) -> None:
    """Give back the connections to the action server."""
    endpoint = getattr(agent.processor, "action_endpoint", None) if agent else None
    if isinstance(endpoint, KeptEndpoint):
        await endpoint.close()
