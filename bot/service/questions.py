"""Stage A5: the one open question, composed so that it can be asked again after a digression, in either language."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from bot.contracts.messages import OutboundMessage, QuickReply, dump_payload
from bot.profile.state import Expects, OpenQuestion
from bot.texts.catalogue import translate

FOR_A_YES: frozenset[Expects] = frozenset({"yes_no", "agreement", "basket"})  # asked for a yes or no, to what is shown


def pose(
    *,
    asked_by: str,
    expects: Expects,
    sentence: str,
    now: datetime,
    values: Mapping[str, object] | None = None,
    options: Sequence[tuple[str, str]] = (),
    context: Mapping[str, Any] | None = None,
) -> OpenQuestion:
    """An open question that carries its own wording: the catalogue's English sentence and what fills it."""
    wording = {"prompt": sentence, "prompt_values": dict(values or {})}
    return OpenQuestion(
        expects=expects,
        asked_by=asked_by,
        asked_at=now.isoformat(),
        options=tuple((key, title) for key, title in options),
        context={**(context or {}), **wording},
    )


def compose_question(language: str, question: OpenQuestion) -> OutboundMessage:
    """The question as a message, with a button for each answer that can be tapped."""
    text = translate(language, question.context["prompt"], **question.context.get("prompt_values", {}))
    return OutboundMessage(text, language=language, quick_replies=compose_buttons(language, question))


def compose_buttons(language: str, question: OpenQuestion) -> tuple[QuickReply, ...]:
    """Buttons: one an option, or yes and no."""
    if question.options:
        return tuple(
            QuickReply(translate(language, title), dump_payload("affirm", option=key))
            for key, title in question.options
        )
    if question.expects in FOR_A_YES:
        return (
            QuickReply(translate(language, "Yes"), dump_payload("affirm")),
            QuickReply(translate(language, "No"), dump_payload("deny")),
        )
    return ()


def repeat_question(language: str, question: OpenQuestion) -> OutboundMessage | None:
    """The question once more; None when it was asked in words that were not kept."""
    return compose_question(language, question) if question.context.get("prompt") else None
