"""A person takes a conversation, answers, and gives it back: what the customer is told, and what the bot forgets.

Everything goes out through the outbox, as the bot's own words do.
"""

from dataclasses import replace
from datetime import datetime, timedelta

import sqlalchemy as sa

from bot.channels.inbox import newest_received_at
from bot.channels.outbox import enqueue, is_queued
from bot.contracts.messages import OutboundMessage
from bot.decision.guardrails import CHAT_CHANNELS
from bot.errors import Conflict, FixInput, NotFound
from bot.profile.conversations import Conversation, get_conversation
from bot.profile.events import Event, append_events, events_of
from bot.profile.handoffs import (
    HandoffRow,
    end_handoff,
    find_handoff,
    hand_on,
    list_silent,
    note_spoken,
    person_in,
    put_back,
    take_handoff,
)
from bot.profile.satisfaction import COMPLAINED, COMPLAINT_RESOLVED
from bot.profile.state import ConversationState, apply_changes, read_state
from bot.profile.store.engine import Store
from bot.texts.catalogue import translate

MAX_ANSWER_CHARACTERS = 4_000
AWAY_AFTER = timedelta(minutes=10)  # a customer who has not written for so long is answered by e-mail too
_WRITTEN_ON = CHAT_CHANNELS | {"sms"}
_HELLO = "{name} from our team is here and answers you. I keep quiet meanwhile."
_BACK = "{name} has given the conversation back to me. What else can I do for you?"
_ALONE = (
    "Nobody of our team could answer just now, and I am sorry. They have your question, under the reference "
    "{reference}. I am here again meanwhile."
)


def take(connection: sa.Connection, row: HandoffRow, by: str, now: datetime, *, takes_over: bool = False) -> None:
    """The conversation is this person's; the customer is told who it is. Conflict when somebody else has it, unless
    this one `takes_over`. Writes.
    """
    if not take_handoff(connection, row, by, now):
        holder = person_in(connection, row.sender_id)
        if holder is None or (holder.taken_by != by and not takes_over):
            raise Conflict(holder.taken_by if holder else "")
        hand_on(connection, row, by)
        return
    _change_state(connection, row, now, handoff={"reference": row.reference, "asked_at": row.asked_at.isoformat(),
                                                  "about": row.about, "order_number": row.order_number,
                                                  "taken_by": by}, open_question=None, request={})
    _tell(connection, row, f"hello:{now.timestamp()}", _say(row, _HELLO, name=by), now)


def answer(
    connection: sa.Connection, row: HandoffRow, by: str, text: str, key: str, now: datetime, *, takes_over: bool = False
) -> None:
    """Say this to the customer, once per `key`; a conversation that waits is taken first. FixInput for nothing or too
    much to say, Conflict when somebody else has the conversation, unless this one `takes_over`. Writes.
    """
    text = text.strip()
    if not text:
        raise FixInput("text", "must say something")
    if len(text) > MAX_ANSWER_CHARACTERS:
        raise FixInput("text", f"must be at most {MAX_ANSWER_CHARACTERS} characters")
    if is_queued(connection, _key(row, key)):
        return  # said already: a form or a call that came twice takes nothing back from the bot
    take(connection, row, by, now, takes_over=takes_over)
    note_spoken(connection, row, now)
    message = OutboundMessage(text, language=row.language, author=by)
    _tell(connection, row, key, message, now)
    if leaves_by_email(row, get_conversation(connection, row.sender_id), now):
        _send_letter(connection, row, key, message, now)


def give_back(connection: sa.Connection, row: HandoffRow, by: str, now: datetime) -> None:
    """The bot speaks again, and says so to somebody whom a person talked to. Writes."""
    was_taken = person_in(connection, row.sender_id) is not None
    if not end_handoff(connection, row, now):
        return
    _change_state(connection, row, now, handoff={})
    _settle_complaint(connection, row, now)
    if was_taken:
        message = replace(_say(row, _BACK, name=by), asks_rating=True)
        _tell(connection, row, f"back:{now.timestamp()}", message, now)


def leave_silent(store: Store, now: datetime, after: timedelta) -> int:
    """Give back what was taken by people who have said nothing since; how many. Writes.

    Where the customer waits for an answer, they are told so, and the conversation waits for a person again.
    """
    with store.read() as connection:
        rows = list_silent(connection, now - after)
    for row in rows:
        with store.write() as connection:
            _leave(connection, row, now)
    return len(rows)


def leaves_by_email(row: HandoffRow, conversation: Conversation | None, now: datetime) -> bool:
    """Whether an answer goes by e-mail too: the customer is not there to read it. Pure."""
    if not row.email:
        return False
    if conversation is None or row.channel not in CHAT_CHANNELS or conversation.last_inbound_at is None:
        return True
    return now - conversation.last_inbound_at > AWAY_AFTER


def require_handoff(connection: sa.Connection, handoff_id: int) -> HandoffRow:
    """The request with that id; NotFound when there is none."""
    row = find_handoff(connection, handoff_id)
    if row is None:
        raise NotFound("there is no such request")
    return row


def _settle_complaint(connection: sa.Connection, row: HandoffRow, now: datetime) -> None:
    """What they complained of in this conversation is settled once a person gives it back; nothing else is."""
    said = events_of(connection, row.customer_id, names=(COMPLAINED, COMPLAINT_RESOLVED))
    newest = next((each for each in said if each.silo == "chat"
                   and each.properties.get("complaint_id") == row.sender_id), None)
    if newest and newest.name == COMPLAINED:
        append_events(connection, [Event(
            message_id=f"chat:handoff:{row.handoff_id}:{now.timestamp()}:settled", customer_id=newest.customer_id,
            silo="chat", type="track", name=COMPLAINT_RESOLVED, properties={"complaint_id": row.sender_id},
            occurred_at=now, received_at=now)])


def _leave(connection: sa.Connection, row: HandoffRow, now: datetime) -> None:
    wrote_at = newest_received_at(connection, row.sender_id)
    is_waiting = wrote_at is not None and row.spoke_at is not None and wrote_at > row.spoke_at
    if not is_waiting:
        give_back(connection, row, row.taken_by, now)
    elif put_back(connection, row):
        message = _say(row, _ALONE, reference=row.reference)
        _tell(connection, row, f"alone:{now.timestamp()}", message, now)


def _say(row: HandoffRow, sentence: str, **values: object) -> OutboundMessage:
    return OutboundMessage(translate(row.language, sentence, **values), language=row.language)


def _key(row: HandoffRow, key: str) -> str:
    return f"person:{row.handoff_id}:{key}"[:200]


def _tell(connection: sa.Connection, row: HandoffRow, key: str, message: OutboundMessage, now: datetime) -> None:
    conversation = get_conversation(connection, row.sender_id)
    if conversation is None or conversation.channel not in _WRITTEN_ON:
        return
    enqueue(
        connection, idempotency_key=_key(row, key), kind="reply",
        customer_id=conversation.customer_id, sender_id=row.sender_id, channel=conversation.channel,
        address=conversation.address, purpose="service", payload=message, now=now,
    )


def _send_letter(connection: sa.Connection, row: HandoffRow, key: str, message: OutboundMessage, now: datetime) -> None:
    head = translate(row.language, "Our answer to your request {reference}:", reference=row.reference)
    letter = replace(message, text=f"{head}\n\n{message.text}\n\n{message.author}", author="")
    enqueue(
        connection, idempotency_key=f"letter:{row.handoff_id}:{key}"[:200], kind="notice", customer_id=row.customer_id,
        sender_id="", channel="email", address=row.email, purpose="service", payload=letter, now=now,
    )


def _change_state(connection: sa.Connection, row: HandoffRow, now: datetime, **changes: object) -> None:
    conversation = get_conversation(connection, row.sender_id)
    if conversation is None:
        return
    before: ConversationState = read_state(connection, conversation.customer_id)
    apply_changes(connection, conversation.customer_id, before, replace(before, **changes), now)  # type: ignore[arg-type]  # its own fields
