"""The answer to the one open question: read it, and give it to the topic that asked. The registry of all handlers."""

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import Any, ClassVar

import sqlalchemy as sa

import actions
from actions import (
    account,
    account_change,
    aftersales,
    basket,
    cart,
    consent,
    delivery_choice,
    desk,
    desk_answers,
    handoff,
    identify,
    newsletter,
    nudges,
    offers,
    orders,
    payment,
    privacy,
    proposal,
    recommend,
    try_on,
    usual,
)
from actions.asking import Handler, Resume, ask_once_more, close, plain, prepend, tell
from actions.base import Reply, ShopAction, Turn, come_back, may_repeat
from bot.profile.state import OpenQuestion
from bot.profile.store.tables import audit
from bot.service.answers import Answer, interpret

RESUMES: dict[str, Resume] = {
    **identify.RESUMES,
    **orders.RESUMES,
    **payment.RESUMES,
    **delivery_choice.RESUMES,
    **account.RESUMES,
    **desk.RESUMES,
    **privacy.RESUMES,
    **newsletter.RESUMES,
    **nudges.RESUMES,
    **usual.RESUMES,
}
HANDLERS: dict[str, Handler] = {
    **identify.make_handlers(RESUMES),
    **orders.HANDLERS,
    **payment.HANDLERS,
    **delivery_choice.HANDLERS,
    **account.HANDLERS,
    **desk_answers.HANDLERS,
    **consent.HANDLERS,
    **newsletter.HANDLERS,
    **handoff.HANDLERS,
    **privacy.HANDLERS,
    **nudges.HANDLERS,
    **cart.HANDLERS,
    **basket.HANDLERS,
    **recommend.HANDLERS,
    **offers.HANDLERS,
    **usual.HANDLERS,
    **try_on.HANDLERS,
}
SHORT = 5  # words: longer, what names an order may want something of it
CHOOSING = frozenset({"", "track_order", "affirm", "deny", "nlu_fallback", "out_of_scope"})
_SAYS_NOTHING = frozenset({
    "", "greet", "edit_account", "set_up_shipping_address", "nlu_fallback", "out_of_scope", "default_fallback",
    "affirm",
})
# An order that was not listed may be named too, another value in the place of a yes, a line by its kind or colour.
READS_ANYTHING = frozenset(
    {orders.ASKED_BY, account_change.ASKED_BY, aftersales.ASKED_BY, delivery_choice.ASKED_BY, basket.REMOVE}
)


class ActionAnswerOpenQuestion(ShopAction):
    """What the customer answered to what we asked."""

    intent: ClassVar[str] = "answer_open_question"
    comes_back: ClassVar[bool] = False

    def reply(self, turn: Turn) -> Reply:
        """The handler's reply; the question once more when the answer is not clear."""
        question = turn.state.question_at(turn.now)
        if question is None:
            return answer_without_question(turn)
        answer = interpret(_in_words_shown(turn, question), intent=turn.intent, text=turn.text, entities=turn.entities)
        if question.asked_by in (proposal.USUAL, proposal.LOOK):
            return _hear_proposal(turn, question, answer)
        handler = find_handler(question.asked_by)
        if handler is None:
            return tell(turn, turn.say("That question is closed. What can I do for you?"), state=close(turn.state))
        if question.asked_by == orders.ASKED_BY and not (answer.kind == "choice" and len(turn.text.split()) < SHORT):
            return desk.hear(turn) or (handler if turn.intent in CHOOSING else _leave)(turn, question, answer)
        if question.asked_by == aftersales.ASKED_BY:
            return desk_answers.answer_order(turn, question, answer) or leave_to_others(turn)
        if answer.kind == "cancel":
            return _drop(turn, question, answer)
        if answer.kind == "unclear" and question.asked_by not in READS_ANYTHING:
            return ask_once_more(turn, question)
        return handler(turn, question, answer)


class ActionHearCustomer(ShopAction):
    """What somebody verified says that answers nothing we asked: the desk hears it before the wish's own action."""

    intent: ClassVar[str] = "hear_customer"
    comes_back: ClassVar[bool] = False

    def reply(self, turn: Turn) -> Reply:
        """The desk's reply; else that of the wish that the words were understood as."""
        known = identify.recognise(turn)
        if known is not turn:
            return _welcome(known)
        reply = desk.hear(turn)
        if reply is not None:
            return come_back(turn, reply)
        if turn.intent in ("affirm", "deny", "") and turn.state.question_at(turn.now) is None:
            return answer_without_question(turn)
        return leave_to_others(turn)


def _welcome(turn: Turn) -> Reply:
    """The reply to somebody who said who they are beside what they want."""
    thanks = plain(turn, turn.say("Thank you, that is confirmed."))
    if reply := desk.hear(turn):
        return prepend(reply, thanks)
    if turn.intent in _SAYS_NOTHING:
        return prepend(tell(turn, turn.say("What can I do for you?")), thanks)
    return prepend(leave_to_others(turn), thanks)


def leave_to_others(turn: Turn) -> Reply:
    """The reply of the wish's own action, followed by the question that a half-done request still waits for."""
    known = _load_actions()
    action = known.get(turn.intent, known["default_fallback"])()
    reply = action.reply(turn)
    return come_back(turn, reply) if action.comes_back else reply


@cache
def _load_actions() -> dict[str, Callable[[], ShopAction]]:
    """Every action by its wish, from every module of the folder, as rasa-sdk finds them."""
    for each in pkgutil.iter_modules(actions.__path__):
        importlib.import_module(f"actions.{each.name}")
    return {getattr(each, "intent", ""): each for each in _concrete(ShopAction)}


def _leave(turn: Turn, _question: OpenQuestion, _answer: Answer) -> Reply:
    return leave_to_others(turn)


def _hear_proposal(turn: Turn, question: OpenQuestion, answer: Answer) -> Reply:
    """A word about a proposal. What rests on somebody's past is said to them alone, as long as they allow it."""
    is_personal = turn.services.recommender.is_personal(turn.conversation.customer_id)
    if question.asked_by == proposal.USUAL and not (may_repeat(turn, question) and is_personal):
        return usual.begin(turn)
    return proposal.hear(turn, question, answer) or _pass_on(turn, question)


def _pass_on(turn: Turn, question: OpenQuestion) -> Reply:
    """What was no word about a proposal: the wish that it is, else the question once more."""
    return ask_once_more(turn, question) if turn.intent in _SAYS_NOTHING | {"deny"} else leave_to_others(turn)


def _concrete(parent: Any) -> list[Callable[[], ShopAction]]:
    """Every action with an intent; the answering one is nobody's wish."""
    found = [each for child in parent.__subclasses__() for each in (child, *_concrete(child))]
    return [each for each in found if each.intent and each not in (ActionAnswerOpenQuestion, ActionHearCustomer)]


def _in_words_shown(turn: Turn, question: OpenQuestion) -> OpenQuestion:
    """The question with its options titled as the customer saw them."""
    return replace(question, options=tuple((key, turn.say(title)) for key, title in question.options))


def find_handler(asked_by: str) -> Handler | None:
    """The handler of the very question, else the one of its kind (`nudge:*`)."""
    return HANDLERS.get(asked_by) or HANDLERS.get(f"{asked_by.partition(':')[0]}:*")


def answer_without_question(turn: Turn) -> Reply:
    """A yes to nothing changes nothing; a message that was processed before says that it was done."""
    with turn.services.store.read() as connection:
        query = sa.select(audit.c.audit_id).where(audit.c.idempotency_key == turn.key)
        is_done = connection.execute(query).first() is not None
    if is_done:
        return tell(turn, turn.say("That is done already. I did not do it twice."))
    return tell(turn, turn.say("I have no open question. What can I do for you?"))


def _drop(turn: Turn, question: OpenQuestion, answer: Answer) -> Reply:
    """Whoever drops a question has not said no to it: nothing is kept of consent, and nothing is done."""
    if question.asked_by.startswith("nudge:"):
        return nudges.drop_nudge(turn, question, answer)
    return tell(turn, turn.say("All right, I drop it. Nothing was changed."), state=close(turn.state))
