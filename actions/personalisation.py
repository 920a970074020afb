"""Leave to use somebody's past for choosing: asked in words that are kept with the answer."""

from dataclasses import replace

from actions.asking import ask, close
from actions.base import Reply, Turn
from actions.consent import keep_asked
from bot.contracts.messages import OutboundMessage
from bot.profile.consent import EVERY_CHANNEL, Recorded, record_consent
from bot.profile.state import ConversationState, OpenQuestion
from bot.service.answers import Answer
from bot.service.questions import compose_question


def ask_leave(
    turn: Turn, sentence: str, *, asked_by: str, before: tuple[OutboundMessage, ...] = (),
    context: dict[str, object] | None = None, state: ConversationState | None = None,
) -> Reply:
    """The question, kept as asked; `asked_by` names who goes on with the answer. Writes."""
    state = state or turn.state
    asked = {**state.consent_asked, "personalisation": turn.now.isoformat()}
    keep_asked(turn, "personalisation", EVERY_CHANNEL, turn.say(sentence))
    return ask(
        turn, sentence, asked_by=asked_by, expects="yes_no", before=before, context=context,
        state=replace(state, consent_asked=asked),
    )


def keep_leave(turn: Turn, question: OpenQuestion, answer: Answer) -> Turn:
    """The turn with the question closed, and the answer kept with the words that were asked. Writes."""
    given: Recorded = "granted" if answer.kind == "yes" else "withdrawn"
    with turn.services.store.write() as connection:
        record_consent(
            connection, turn.conversation.customer_id, purpose="personalisation", channel=EVERY_CHANNEL, state=given,
            source="chat", wording=compose_question(turn.language, question).text, now=turn.now,
            declared=turn.services.privacy.declared,
        )
    return replace(turn, state=close(turn.state))
