"""Words that Meta approved, filled in: checked here, as Meta refuses the whole message for one bad fact. Pure."""

import re
from typing import Any

from bot.contracts.messages import Template
from bot.errors import NotAllowed

PARAMETER, BODY = 1_024, 1_024  # characters: of one fact, and of the words with all of them
_NAME = re.compile(r"[a-z0-9_]{1,512}")
_LANGUAGE = re.compile(r"[a-z]{2,3}(_[A-Z]{2})?")
_BROKEN = re.compile(r"[\n\r\t]|\s{4,}")  # Meta takes no line break and no gap of more than four spaces in a fact


def render_template(template: Template, text: str) -> dict[str, Any]:
    """The template as both channels take it; `text` is how it reads. NotAllowed for what Meta would refuse."""
    if not _NAME.fullmatch(template.name) or not _LANGUAGE.fullmatch(template.language):
        raise NotAllowed("parameters", "no name or language of a template")
    for number, fact in enumerate(template.parameters, start=1):
        if not fact.strip() or len(fact) > PARAMETER or _BROKEN.search(fact):
            raise NotAllowed("parameters", f"fact {number} of the template {template.name}")
    if len(text) > BODY:
        raise NotAllowed("parameters", f"the template {template.name} with its facts is too long")
    facts = [{"type": "text", "text": each} for each in template.parameters]
    return {
        "name": template.name, "language": {"code": template.language},
        "components": [{"type": "body", "parameters": facts}] if facts else [],
    }
