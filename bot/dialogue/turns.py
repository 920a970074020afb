"""Stage A1: contract messages <-> Rasa's own. Pure: what a turn is made of, with no server around it."""

import json
import re
from dataclasses import dataclass
from typing import Any, Collection, Dict, Iterable, List, Mapping, Optional, Sequence

from rasa.shared.core.constants import ACTION_LISTEN_NAME
from rasa.shared.core.events import ActionExecuted, BotUttered, Event, SlotSet, UserUttered

from bot.contracts.messages import InboundMessage, OutboundMessage, QuickReply
from bot.dialogue.policies.answering import may_say_who
from bot.errors import FixInput

EXTERNAL = "EXTERNAL_"
NUDGE_INTENT = "EXTERNAL_deliver_nudge"
SECOND = "#2"
WAITING = "waiting_request"  # the slot with the second request, while the first still asks something
DESK = frozenset(
    "cancel_order change_order change_shipping_address return_item exchange_item get_refund payment_issue "
    "set_up_shipping_address edit_account".split()
)
TOLD = frozenset(
    "track_order product_details check_availability check_payment_methods search_products size_advice complaint "
    "report_delivery_problem".split()
)
_PAYLOAD = re.compile(r"^/(?P<intent>\w+)\s*(?P<entities>\{.*\})?\s*$", re.DOTALL)


@dataclass(frozen=True)
class Nudge:
    """What we said first, as the dispatcher tells it after the delivery."""

    sender_id: str
    outbox_id: int
    text: str
    expects: str = ""


def to_plain_text(message: InboundMessage) -> str:
    """What the tracker keeps: a tapped payload as it is, typed words never as a command of Rasa's."""
    if message.payload and not message.text:
        return message.payload
    return message.text.strip().lstrip("/").strip() or "?"


def to_parse_data(message: InboundMessage, intents: Collection[str]) -> Optional[Dict[str, Any]]:
    """A tapped button, understood without a model; None for typed text. Raises FixInput for a payload of nobody's."""
    if not message.payload or message.text:
        return None
    found = _PAYLOAD.match(message.payload)
    if not found:
        raise FixInput("payload", "must look like /intent or /intent{...}")
    intent = found.group("intent")
    if intent.startswith(EXTERNAL) or intent not in intents:
        raise FixInput("payload", "must name an intent that customers may send")
    ranking = {"name": intent, "confidence": 1.0}
    return {
        "text": message.payload,
        "intent": ranking,
        "intent_ranking": [ranking],
        "entities": _to_entities(found.group("entities") or "{}"),
    }


def _to_entities(text: str) -> List[Dict[str, Any]]:
    try:
        values = json.loads(text)
    except ValueError as error:
        raise FixInput("payload", "must hold a JSON object after the intent") from error
    return [
        {"entity": name, "value": value, "start": 0, "end": 0}
        for name, found in values.items()
        for value in (found if isinstance(found, list) else [found])
    ]


def to_replies(messages: Iterable[Mapping[str, Any]], language: str) -> List[OutboundMessage]:
    """Rasa's utterances as contract messages: the contract one where an action made it, else converted."""
    return [_to_reply(message, language) for message in messages]


def _to_reply(message: Mapping[str, Any], language: str) -> OutboundMessage:
    contract = message.get("contract")
    if contract:
        return OutboundMessage.from_json(contract)
    return OutboundMessage(
        text=message.get("text") or "",
        language=message.get("language") or language or "en",
        quick_replies=tuple(
            QuickReply(button.get("title", ""), button.get("payload", ""), button.get("url", ""))
            for button in message.get("buttons") or ()
        ),
        image_url=message.get("image") or "",
    )


def name_second(message_id: str) -> str:
    """The id of the second request of a message: its own, so that what it writes is not taken for the first's again."""
    return f"{message_id}{SECOND}"


def find_requests(parsed: Mapping[str, Any], *, is_known: bool = False) -> List[str]:
    """The texts of both requests of a message that holds two; empty where it holds one.

    What is to be done to orders stays together: the service desk does it one thing after the other. Of a customer who
    is known it hears everything that has to do with one.
    """
    names = {each.get("name") for each in parsed.get("requests") or ()}
    is_known = is_known or may_say_who(str(parsed.get("text") or ""))
    if names & DESK and (is_known or names <= DESK | TOLD):
        return []
    return [str(each["text"]) for each in parsed.get("requests") or ()]


def find_replies(events: Iterable[Event], message_id: str) -> Optional[List[OutboundMessage]]:
    """The replies to a message that was processed before, to both of its requests; None when it was not."""
    is_it = False
    language = ""
    found: Optional[List[Mapping[str, Any]]] = None
    for event in events:
        if isinstance(event, UserUttered):
            is_it = (event.metadata or {}).get("message_id") in (message_id, name_second(message_id))
            found = found or [] if is_it else found
            language = (event.metadata or {}).get("language", "") if is_it else language
        elif is_it and found is not None and isinstance(event, BotUttered):
            found.append(event.message())
    return None if found is None else to_replies(found, language)


def read_nudge(body: Any) -> Nudge:
    """The nudge in a request's body; raises FixInput naming the field."""
    if not isinstance(body, dict):
        raise FixInput("body", "must be a JSON object")
    for name, kind, default in (
        ("sender_id", str, None),
        ("outbox_id", int, None),
        ("text", str, ""),
        ("expects", str, ""),
    ):
        value = body.get(name, default)
        if not isinstance(value, kind) or value == "" and default is None:
            raise FixInput(name, f"must be a {'number' if kind is int else 'string'}")
    return Nudge(body["sender_id"], body["outbox_id"], body.get("text", ""), body.get("expects", ""))


def make_nudge_events(events: Sequence[Event], nudge: Nudge, timestamp: float) -> List[Event]:
    """What the tracker gains by a nudge; nothing when it is noted already."""
    if any(isinstance(event, BotUttered) and event.metadata.get("outbox_id") == nudge.outbox_id for event in events):
        return []
    metadata = {"outbox_id": nudge.outbox_id}
    intent = {"name": NUDGE_INTENT, "confidence": 1.0}
    heard = UserUttered(
        f"{EXTERNAL}: {NUDGE_INTENT}",
        intent,
        [],
        timestamp=timestamp,
        input_channel="gateway",
        metadata={**metadata, "is_external": True},
    )
    return [
        heard,
        ActionExecuted(f"action_{NUDGE_INTENT}", timestamp=timestamp),
        SlotSet("expects", nudge.expects or None, timestamp=timestamp),
        BotUttered(nudge.text, {}, metadata, timestamp=timestamp),
        ActionExecuted(ACTION_LISTEN_NAME, timestamp=timestamp),
    ]
