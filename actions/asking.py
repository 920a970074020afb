"""What the topics share when they ask and answer: the one open question, plain replies, the offer of a person."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from actions.base import GUEST, Reply, Turn, has_proved_order, may_repeat
from bot.contracts.messages import OutboundMessage, QuickReply, dump_payload
from bot.profile.state import ConversationState, Expects, OpenQuestion
from bot.service.answers import Answer
from bot.service.questions import compose_question, pose, repeat_question

Handler = Callable[[Turn, OpenQuestion, Answer], Reply]
Resume = Callable[[Turn, Mapping[str, Any]], Reply]


def tell(turn: Turn, text: str, *, buttons: Sequence[QuickReply] = (), state: ConversationState | None = None) -> Reply:
    """A reply of one message."""
    return Reply((OutboundMessage(text, language=turn.language, quick_replies=tuple(buttons)),), state)


def ask(
    turn: Turn,
    sentence: str,
    *,
    asked_by: str,
    expects: Expects,
    before: Sequence[OutboundMessage] = (),
    state: ConversationState | None = None,
    values: Mapping[str, object] | None = None,
    options: Sequence[tuple[str, str]] = (),
    context: Mapping[str, Any] | None = None,
) -> Reply:
    """A reply that ends with the one open question; whatever was open before is closed."""
    question = pose(
        asked_by=asked_by,
        expects=expects,
        sentence=sentence,
        now=turn.now,
        values=values,
        options=options,
        context={**(context or {}), **_asked_whom(turn)},
    )
    message = compose_question(turn.language, question)
    return Reply((*before, message), replace(state or turn.state, open_question=question))


def _asked_whom(turn: Turn) -> dict[str, Any]:
    """To whom a question may be repeated: it may tell what only they may know. See `may_repeat`."""
    if turn.is_verified:
        return {"asked_whom": turn.conversation.verified_ref}
    return {"asked_whom": GUEST} if has_proved_order(turn) else {}


def ask_once_more(turn: Turn, question: OpenQuestion) -> Reply:
    """The question again; a person is offered when it was not understood before."""
    if not may_repeat(turn, question):
        return tell(turn, turn.say("That question is closed. What can I do for you?"), state=close(turn.state))
    again = repeat_question(turn.language, question)
    times = int(question.context.get("unclear", 0)) + 1
    asked = replace(question, context={**question.context, "unclear": times})
    state = replace(turn.state, open_question=asked)
    sorry = plain(turn, turn.say("Sorry, I did not understand your answer."))
    reply = Reply((again,) if again else (), state)
    if times > 1:
        sorry = replace(sorry, quick_replies=(person_button(turn),))
    return prepend(reply, sorry)


def close(state: ConversationState) -> ConversationState:
    """The state with nothing open and no half-done request."""
    return replace(state, open_question=None, request={})


def prepend(reply: Reply, *messages: OutboundMessage) -> Reply:
    """The reply with messages said before it."""
    return replace(reply, messages=(*messages, *reply.messages))


def plain(turn: Turn, text: str) -> OutboundMessage:
    """A message of text only."""
    return OutboundMessage(text, language=turn.language)


def button(turn: Turn, title: str, intent: str, **entities: Any) -> QuickReply:
    """A button that stands for a wish; its title is a sentence of the catalogues."""
    return QuickReply(turn.say(title), dump_payload(intent, **entities))


def person_button(turn: Turn) -> QuickReply:
    """The offer of a person (promise 9)."""
    return button(turn, "Talk to a person", "contact_human_agent")
