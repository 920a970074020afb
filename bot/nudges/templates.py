"""The templates that a shop's triggers need -> what Meta is to approve, for WhatsApp or for Messenger. Pure.

A template says what the trigger says, word for word: the same text with its facts numbered.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from bot.decision.messages import Message
from bot.decision.triggers import Trigger

_CATEGORIES: Mapping[str, str] = {"service": "UTILITY", "marketing": "MARKETING"}  # what they are priced and capped as
_EXAMPLES: Mapping[str, str] = {
    "order": "MP204819", "carrier": "Colissimo", "day": "24/11", "product": "Pull", "price": "89,00 €",
    "store": "Paris", "size": "M", "stock": "2", "offered": "Bonnet", "name": "-15 %", "offer": "MAILLE15",
    "before": "99,00 €",
}


def list_templates(triggers: Iterable[Trigger], channel: str = "whatsapp") -> list[dict[str, Any]]:
    """Each template as Meta's `message_templates` takes it: name, language, category, components with an example.
    Messenger has none that advertise.
    """
    return [
        _template(trigger, message, language, name)
        for trigger in triggers if channel == "whatsapp" or trigger.purpose == "service"
        for message in (*trigger.messages, *(said for each in trigger.follow_ups for said in each.messages))
        if channel in message.channels
        for language, name in message.templates.items()
    ]


def _template(trigger: Trigger, message: Message, language: str, name: str) -> dict[str, Any]:
    facts = message.placeholders(language)
    text = message.texts[language]
    for number, fact in enumerate(facts, start=1):
        text = text.replace(f"{{{fact}}}", f"{{{{{number}}}}}", 1)
    body: dict[str, Any] = {"type": "BODY", "text": text}
    if facts:
        body["example"] = {"body_text": [[_EXAMPLES.get(each, each) for each in facts]]}
    return {"name": name, "language": language, "category": _CATEGORIES[trigger.purpose], "components": [body]}
