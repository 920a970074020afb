"""Consent: asked once, when it is of use, saying why; taken back at once, everywhere; shown and explained on demand."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any, ClassVar

import sqlalchemy as sa

from actions.asking import Handler, ask, button, plain, tell
from actions.base import Reply, ShopAction, Turn
from bot.bootstrap import InForce
from bot.decision.explain import FIGURED, explain_choice, explain_held
from bot.nudges.withdraw import withdraw_all as withdraw_nudges
from bot.privacy.opt_in import Yes, grant
from bot.profile.candidate_sets import candidates_of
from bot.profile.consent import EVERY_CHANNEL, Recorded, record_consent, withdraw_all
from bot.profile.consent import note_asked as keep_request
from bot.profile.state import OpenQuestion
from bot.profile.store.tables import consents, decisions, outbox
from bot.service.answers import Answer
from bot.service.consents import (
    NUDGE_SENTENCES,
    QUESTION_SENTENCES,
    describe_consents,
    may_ask,
    note_asked,
)
from bot.service.questions import compose_question, pose
from bot.texts.catalogue import format_moment

PREFERENCES = (
    ("service_on", "News of my orders: yes"),
    ("service_off", "News of my orders: no"),
    ("marketing_on", "Offers: yes"),
    ("marketing_off", "Offers: no"),
)
_REMEMBERED = timedelta(days=7)  # what was decided before is not what they ask about
_TOLD = (*FIGURED, "not_worth_it")  # of what held a message, what its receiver may care for
RESUME_OPTIONS = (("service", "Only about my orders"), ("all", "My orders and offers"), ("none", "Nothing"))


def offer_consent(turn: Turn, reply: Reply, purpose: str, reason: str) -> Reply:
    """The reply, and the question for consent after it, if that was never asked and nothing else is open."""
    state = reply.state or turn.state
    channel = turn.conversation.channel
    with turn.services.store.read() as connection:
        if not may_ask(connection, turn.conversation.customer_id, state, purpose=purpose, channel=channel):
            return reply
    question = pose(
        asked_by=f"consent:{purpose}",
        expects="yes_no",
        sentence=QUESTION_SENTENCES[purpose, reason],
        now=turn.now,
        context={"purpose": purpose, "channel": channel, "reason": reason},
    )
    state = replace(state, open_question=question, consent_asked=note_asked(state, purpose, turn.now))
    message = compose_question(turn.language, question)
    keep_asked(turn, purpose, channel, message.text)
    return replace(reply, messages=(*reply.messages, message), state=state)


def keep_asked(turn: Turn, purpose: str, channel: str, wording: str) -> None:
    """Keep that we asked, whatever is answered: the opt-in rate is measured by it. Writes."""
    with turn.services.store.write() as connection:
        keep_request(
            connection, turn.conversation.customer_id, purpose=purpose, channel=channel, wording=wording, now=turn.now
        )


def record(turn: Turn, purpose: str, channel: str, answer: Recorded, wording: str) -> Recorded:
    """Keep what the person said to which words; `pending` when a letter has to confirm the yes. Writes."""
    if answer == "granted":
        return grant(turn.services, said_yes(turn, purpose, channel, wording))
    with turn.services.store.write() as connection:
        record_consent(
            connection,
            turn.conversation.customer_id,
            purpose=purpose,
            channel=channel,
            state=answer,
            source="chat",
            wording=wording,
            now=turn.now,
            declared=turn.services.privacy.declared,
        )
    return answer


def said_yes(turn: Turn, purpose: str, channel: str, wording: str) -> Yes:
    """The yes of this turn to these words."""
    return Yes(
        customer_id=turn.conversation.customer_id, purpose=purpose, channel=channel, source="chat", wording=wording,
        key=f"{turn.key}:{purpose}", language=turn.language, sender_id=turn.conversation.sender_id,
        customer_ref=(turn.conversation.verified_ref or "") if turn.is_verified else "",
    )


def confirm_by_letter(turn: Turn) -> str:
    """That the yes waits for a letter's link."""
    return turn.say("One more step: I have sent you an e-mail. It counts once you confirm it there.")


def _answer_consent(turn: Turn, question: OpenQuestion, answer: Answer) -> Reply:
    purpose, channel = question.context["purpose"], question.context["channel"]
    wording = compose_question(turn.language, question).text
    state = replace(turn.state, open_question=None)
    if answer.kind == "yes":
        if record(turn, purpose, channel, "granted", wording) == "pending":
            return tell(turn, confirm_by_letter(turn), state=state)
        return tell(turn, turn.say("Thank you. You will hear from me here, and only about that."), state=state)
    record(turn, purpose, channel, "withdrawn", wording)
    return tell(turn, turn.say("All right, I will not write to you about that on my own."), state=state)


class ActionStopMessages(ShopAction):
    """Any plea to be left alone."""

    intent: ClassVar[str] = "stop_messages"
    comes_back: ClassVar[bool] = False

    def reply(self, turn: Turn) -> Reply:
        """Withdraw every consent on every channel and every message that waits, then say so."""
        with turn.services.store.write() as connection:
            withdraw_all(
                connection, turn.conversation.customer_id, source="chat", wording=turn.text[:200], now=turn.now
            )
        taken = withdraw_nudges(turn.services, turn.conversation.customer_id)
        text = turn.say("Done: I will not write to you on my own any more, on any channel.")
        if taken.withdrawn:
            text += " " + turn.say(
                "Messages that were waiting for you have been withdrawn: {count}.", count=taken.withdrawn
            )
        if taken.still_sending:
            text += " " + turn.say("One was already leaving at that very moment: it may still arrive.")
        text += " " + turn.say("I still answer when you write to me.")
        state = replace(_without_nudge_question(turn), nudge={}, consent_asked=_asked_everything(turn))
        return tell(turn, text, buttons=(button(turn, "Allow messages again", "resume_messages"),), state=state)


def _asked_everything(turn: Turn) -> dict[str, str]:
    moment = turn.now.isoformat()
    return {**turn.state.consent_asked, "service": moment, "marketing": moment}


def _without_nudge_question(turn: Turn) -> Any:
    question = turn.state.open_question
    if question and question.asked_by.startswith(("nudge:", "consent:")):
        return replace(turn.state, open_question=None)
    return turn.state


class ActionResumeMessages(ShopAction):
    """You may write to me again."""

    intent: ClassVar[str] = "resume_messages"

    def reply(self, turn: Turn) -> Reply:
        """Ask about what: a plea to resume does not say it."""
        return ask(
            turn,
            "Gladly. What may I write to you about here? You can stop it at any time by writing “stop”.",
            asked_by="consent:resume",
            expects="choice",
            options=RESUME_OPTIONS,
            context={"channel": turn.conversation.channel},
        )


def _answer_resume(turn: Turn, question: OpenQuestion, answer: Answer) -> Reply:
    state = replace(turn.state, open_question=None)
    wording = compose_question(turn.language, question).text
    if answer.option in ("service", "all"):
        record(turn, "service", question.context["channel"], "granted", wording)
        if answer.option == "all":
            record(turn, "marketing", question.context["channel"], "granted", wording)
        return tell(turn, "\n".join((turn.say("Thank you. This holds here now:"), *_lines(turn))), state=state)
    return tell(turn, turn.say("All right, nothing changes: I only answer when you write to me."), state=state)


class ActionSetMessagePreferences(ShopAction):
    """Which messages, and which not."""

    intent: ClassVar[str] = "set_message_preferences"

    def reply(self, turn: Turn) -> Reply:
        """Show what holds, and let it be changed by a tap."""
        return _show_preferences(turn, turn.say("This is what you allowed here:"))


def _show_preferences(turn: Turn, lead: str) -> Reply:
    holds = plain(turn, "\n".join((lead, *_lines(turn))))
    return ask(
        turn,
        "What shall I change?",
        asked_by="consent:preferences",
        expects="choice",
        options=PREFERENCES,
        context={"channel": turn.conversation.channel},
        before=(holds,),
    )


def _answer_preferences(turn: Turn, question: OpenQuestion, answer: Answer) -> Reply:
    if answer.option not in dict(PREFERENCES):
        return tell(turn, turn.say("All right, nothing changes."), state=replace(turn.state, open_question=None))
    purpose, _, switch = answer.option.partition("_")
    wording = turn.say(dict(PREFERENCES)[answer.option])
    record(turn, purpose, question.context["channel"], "granted" if switch == "on" else "withdrawn", wording)
    text = "\n".join((turn.say("Noted. This holds here now:"), *_lines(turn)))
    return tell(turn, text, state=replace(turn.state, open_question=None))


def _lines(turn: Turn) -> list[str]:
    with turn.services.store.read() as connection:
        return describe_consents(
            connection, turn.conversation.customer_id, channel=turn.conversation.channel, language=turn.language
        )


class ActionWhyThisMessage(ShopAction):
    """Why did you write to me?"""

    intent: ClassVar[str] = "why_this_message"

    def reply(self, turn: Turn) -> Reply:
        """The reason of the last message that we started, when it left, and how to stop it."""
        with turn.services.store.read() as connection:
            sent = _last_nudge(connection, turn)
            consent = _consent_row(connection, turn, sent.purpose) if sent else None
            ways = _explain_ways(connection, turn, sent) if sent else _explain_silence(connection, turn)
        stop = button(turn, "Stop these messages", "stop_messages")
        if sent is None:
            text = turn.say("I have not written to you on my own: I only answered you.")
            return tell(turn, " ".join((text, *ways)))
        text = " ".join((turn.say(NUDGE_SENTENCES[_kind_of(turn, sent.nudge)]), *ways))
        if consent:
            text += " " + turn.say(
                "You allowed it on {moment}.", moment=format_moment(turn.language, consent.changed_at, turn.timezone)
            )
        return tell(turn, text, buttons=(stop, button(turn, "My preferences", "set_message_preferences")))


def _kind_of(turn: Turn, nudge: str) -> str:
    name = nudge.partition(":")[0]
    return next((each.kind for each in InForce(turn.services).read().triggers if each.name == name), "offer")


def _last_nudge(connection: sa.Connection, turn: Turn) -> Any:
    said = outbox.c.state.in_(("sent", "delivered", "seen"))
    mine = outbox.c.customer_id == turn.conversation.customer_id
    if turn.state.nudge.get("outbox_id"):
        mine = outbox.c.outbox_id == turn.state.nudge["outbox_id"]
    return connection.execute(
        sa.select(outbox.c.nudge, outbox.c.purpose, outbox.c.sent_at, outbox.c.customer_id, outbox.c.about,
                  outbox.c.created_at)
        .where(mine, outbox.c.kind == "nudge", said)
        .order_by(outbox.c.sent_at.desc())
        .limit(1)
    ).first()


def _explain_ways(connection: sa.Connection, turn: Turn, sent: Any) -> list[str]:
    """Why there and not elsewhere, by the decision that the message came of: both were written with one moment."""
    row = connection.execute(
        sa.select(candidates_of(), decisions.c.chosen).where(
            decisions.c.customer_id == sent.customer_id, decisions.c.trigger == sent.nudge,
            decisions.c.subject == sent.about, decisions.c.decided_at == sent.created_at,
        ).limit(1)
    ).first()
    return [*explain_choice(row.candidates, row.chosen, turn.language),
            *_explain_elsewhere(turn, row.candidates, row.chosen)] if row else []


def _explain_elsewhere(turn: Turn, candidates: Sequence[Mapping[str, Any]], chosen: str) -> list[str]:
    """What kept it from other channels: how much was written there, or until when it was late."""
    channel = chosen.partition(":")[0]
    others = [{**each, "held": [word for word in each["held"] if word in FIGURED]} for each in candidates
              if each["name"].partition(":")[0] != channel]
    told = explain_held(others, turn.language)
    return [turn.say("Elsewhere I kept it to myself:"), *told] if told else []


def _explain_silence(connection: sa.Connection, turn: Turn) -> list[str]:
    """That a message was not worth it, where that was the last thing decided, and lately."""
    row = connection.execute(
        sa.select(candidates_of(), decisions.c.chosen).where(
            decisions.c.customer_id == turn.conversation.customer_id,
            decisions.c.decided_at > turn.now - _REMEMBERED,
        ).order_by(decisions.c.decision_id.desc()).limit(1)
    ).first()
    told = explain_held(_of_interest(row.candidates), turn.language) if row and not row.chosen else []
    return [turn.say("There was a reason to lately, and I kept it to myself:"), *told] if told else []


def _of_interest(candidates: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Of what held each candidate that which its receiver may care for: too much, too late, sold out, not worth it."""
    return [{**each, "held": [word for word in each["held"] if word in _TOLD]} for each in candidates]


def _consent_row(connection: sa.Connection, turn: Turn, purpose: str) -> Any:
    return connection.execute(
        sa.select(consents.c.changed_at, consents.c.wording)
        .where(
            consents.c.customer_id == turn.conversation.customer_id,
            consents.c.purpose == purpose,
            consents.c.state == "granted",
            consents.c.channel.in_((turn.conversation.channel, EVERY_CHANNEL)),
        )
        .order_by(consents.c.consent_id.desc())
        .limit(1)
    ).first()


HANDLERS: dict[str, Handler] = {
    "consent:*": _answer_consent,
    "consent:resume": _answer_resume,
    "consent:preferences": _answer_preferences,
}
