"""Stage A0 -> A1 -> B5: inbox -> Rasa -> outbox. One message at a time per sender, each answered once."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Protocol

import sqlalchemy as sa
import structlog
import urllib3

from bot.channels.base import OwnProcess, bearer
from bot.channels.inbox import InboxRow, claim_next, fail, finish, is_anything_waiting, put_back
from bot.channels.outbox import enqueue, find_last_reply
from bot.channels.sent_files import Sources, for_rasa, keep_sent_picture
from bot.channels.windows import split_for
from bot.contracts.messages import (
    InboundMessage,
    Language,
    OutboundMessage,
    QuickReply,
    dump_payload,
    is_picture,
    is_wordless,
)
from bot.errors import FixConfiguration, FixInput, PrevenantError, RetryLater, Unavailable
from bot.profile.conversations import Conversation, get_conversation
from bot.profile.handoffs import person_in
from bot.profile.state import read_state
from bot.profile.store.engine import Store
from bot.texts.catalogue import translate

log = structlog.get_logger()
TellRead = Callable[[InboundMessage], None]
_SAID_ONCE = timedelta(minutes=1)  # pictures that come together
LEASE_SECONDS = 120.0  # longer than every try of one hand-over together
MOST_ATTEMPTS = 5
_FIRST_WAIT_SECONDS = 1.0
_PAUSES_SECONDS = (0.2, 0.5, 1.0)  # between tries of one hand-over
_CANNOT_ANSWER = (
    "I cannot answer right now, and I am sorry. Please try again in a few minutes; "
    "if you asked me to change something, check it first."
)
_CANNOT_READ = "I could not read that message, and I am sorry. Could you say it in other words?"
_CANNOT_SEE = "I can only read words here, and not what you sent just now. Could you write it to me?"
_CANNOT_JUDGE = (
    "I have your picture, and I keep it with this conversation. I cannot judge pictures myself: a person of our team "
    "can look at it. If you are looking for something like it, tell me what it is, its colour and your size, and I "
    "search."
)
_GOES_BY_WORDS = "I cannot see what is on your picture, so I go by your words."


class Gateway(Protocol):
    """Whoever answers customers: Rasa, or a test."""

    def hand_over(self, message: InboundMessage) -> list[OutboundMessage]:
        """The replies, in order; raises what `RasaGateway.hand_over` does."""


@dataclass(frozen=True)
class RasaGateway:
    """Rasa's one channel for ours. It knows a message id again, so a second try runs nothing twice."""

    url: str
    secret: str
    deadline_seconds: float = 15.0
    pauses_seconds: Sequence[float] = _PAUSES_SECONDS
    rasa: OwnProcess = field(default_factory=OwnProcess)

    def hand_over(self, message: InboundMessage) -> list[OutboundMessage]:
        """The replies, in order. Unavailable when no try was answered; FixInput for what Rasa cannot read;
        FixConfiguration when it does not know us.
        """
        for pause_seconds in (*self.pauses_seconds, None):
            try:
                return _read_replies(self._post(message))
            except RetryLater:
                if pause_seconds is None:
                    raise
                time.sleep(pause_seconds)
        raise Unavailable("Rasa did not answer")

    def _post(self, message: InboundMessage) -> Any:
        try:
            answer = self.rasa.post(
                f"{self.url}/webhooks/gateway/messages", message.to_json(), bearer(self.secret),
                connect_seconds=2.0, deadline_seconds=self.deadline_seconds,
            )
        except urllib3.exceptions.HTTPError as error:
            raise Unavailable(f"Rasa did not answer: {type(error).__name__}") from error
        if answer.status == 400:
            raise FixInput("message", "Rasa cannot read it")
        if answer.status in (401, 403, 404):
            raise FixConfiguration(f"Rasa answered {answer.status}: check PREVENANT_INTERNAL_SECRET and _RASA_URL")
        if answer.status != 200:
            raise Unavailable(f"Rasa answered {answer.status}")
        return answer.read()


@dataclass(frozen=True)
class Settled:
    """What becomes of a message without Rasa: what is said, and what is written with it; its end, mostly."""

    replies: Sequence[OutboundMessage]
    close: Callable[[sa.Connection, InboxRow], bool] = finish


TakePhoto = Callable[[InboxRow, Callable[[], datetime]], Settled | None]


@dataclass(frozen=True)
class Around:
    """What else has to do with a message that is taken in hand: where its files lie, who tells that it was read, and
    who answers a photo that somebody agreed to be shown on; RetryLater from them puts it back.
    """

    sources: Sources = field(default_factory=dict)
    tell_read: TellRead | None = None
    take_photo: TakePhoto | None = None


def work_inbox(
    store: Store, gateway: Gateway, clock: Callable[[], datetime], *, limit: int = 1, around: Around | None = None
) -> int:
    """One pass: claim, hand over, and keep the replies to be sent; how many messages were handled. Writes.

    Several threads may run it side by side; one sender's messages never overtake each other.
    """
    with store.read() as connection:  # looked at many times a second: writers are left alone
        if not is_anything_waiting(connection, clock()):
            return 0
    with store.write() as connection:
        rows = claim_next(connection, lease_seconds=LEASE_SECONDS, now=clock(), limit=limit)
    for row in rows:
        _work(store, gateway, clock, row, around or Around())
    return len(rows)


def _work(store: Store, gateway: Gateway, clock: Callable[[], datetime], row: InboxRow, around: Around) -> None:
    try:
        settled = around.take_photo(row, clock) if around.take_photo else None
    except RetryLater as error:
        _postpone(store, row, row.message, clock(), error)
        return
    if settled is not None:
        _settle(store, row, settled.replies, clock(), settled.close)
        if settled.replies:
            log.info("inbox_answered", inbox_id=row.inbox_id, replies=len(settled.replies))
        return
    _hear(store, gateway, clock, row, around)


def _hear(store: Store, gateway: Gateway, clock: Callable[[], datetime], row: InboxRow, around: Around) -> None:
    try:
        row = replace(row, message=keep_sent_picture(store, around.sources, row, clock()))
    except RetryLater as error:
        if row.attempts < MOST_ATTEMPTS:
            _postpone(store, row, row.message, clock(), error)
            return
        log.error("picture_lost", inbox_id=row.inbox_id)  # it is answered all the same
    except FixConfiguration as error:
        log.error("picture_lost", inbox_id=row.inbox_id, why=str(error))
    with store.read() as connection:
        is_with_person = person_in(connection, row.message.sender_id) is not None
        message = None if is_with_person else _complete(connection, row.message, clock())
    if is_with_person:
        _leave_to_person(store, row)
        return
    if message is None:
        log.error("inbox_without_conversation", inbox_id=row.inbox_id)
        with store.write() as connection:
            fail(connection, row)
        return
    if around.tell_read:
        around.tell_read(message)
    if is_wordless(message):
        _settle(store, row, _answer_wordless(store, message, clock()), clock(), finish)
        return
    try:
        replies = gateway.hand_over(for_rasa(message))
    except RetryLater as error:
        _postpone(store, row, message, clock(), error)
    except PrevenantError as error:
        log.error("inbox_failed", inbox_id=row.inbox_id, error=type(error).__name__)
        sentence = _CANNOT_READ if isinstance(error, FixInput) else _CANNOT_ANSWER
        _settle(store, row, [_apologise(sentence, message.language)], clock(), fail)
    else:
        replies = [*_own_up(message, replies), *replies]
        _settle(store, row, replies, clock(), finish)
        log.info("inbox_answered", inbox_id=row.inbox_id, replies=len(replies))


def _leave_to_person(store: Store, row: InboxRow) -> None:
    """A person of the shop has the conversation: it is theirs to answer, and the bot never hears it. Writes."""
    with store.write() as connection:
        finish(connection, row)
    log.info("inbox_left_to_person", inbox_id=row.inbox_id)


def _answer_wordless(store: Store, message: InboundMessage, now: datetime) -> list[OutboundMessage]:
    """Honest: the bot sees nothing; a person does. An album is answered once; what is written after it as ever."""
    known: Language = "en" if message.language == "en" else "fr"
    button = QuickReply(translate(known, "Talk to a person"), dump_payload("contact_human_agent"))
    sentence = _CANNOT_JUDGE if is_picture(message) else _CANNOT_SEE
    answer = OutboundMessage(translate(known, sentence), language=known, quick_replies=(button,))
    with store.read() as connection:
        last = find_last_reply(connection, message.sender_id, now - _SAID_ONCE)
    return [] if last and last.text == answer.text else [answer]


def _own_up(message: InboundMessage, replies: Sequence[OutboundMessage]) -> list[OutboundMessage]:
    """That words beside a picture are answered as words: unsaid, "do you have this?" would get a false yes."""
    has_picture = message.page.get("picture") or message.page.get("media", {}).get("kind") == "image"
    if not replies or not has_picture:
        return []
    known: Language = "en" if message.language == "en" else "fr"
    return [OutboundMessage(translate(known, _GOES_BY_WORDS), language=known)]


def _complete(connection: sa.Connection, message: InboundMessage, now: datetime) -> InboundMessage | None:
    """What the person's open question asks for, and their language: read at the last moment."""
    conversation = get_conversation(connection, message.sender_id)
    if conversation is None:
        return None
    state = read_state(connection, conversation.customer_id)
    question = state.question_at(now)
    language = state.language or conversation.language or message.language
    return replace(message, expects=question.expects if question else "", language=language)


def _postpone(store: Store, row: InboxRow, message: InboundMessage, now: datetime, error: RetryLater) -> None:
    """Rasa is down: try again a few times, then say so."""
    log.warning("inbox_postponed", inbox_id=row.inbox_id, attempts=row.attempts, error=type(error).__name__)
    if row.attempts >= MOST_ATTEMPTS:
        _settle(store, row, [_apologise(_CANNOT_ANSWER, message.language)], now, fail)
        return
    wait_seconds = _FIRST_WAIT_SECONDS * 2 ** (row.attempts - 1)
    with store.write() as connection:
        put_back(connection, row, now + timedelta(seconds=wait_seconds))


def _settle(
    store: Store, row: InboxRow, replies: Sequence[OutboundMessage], now: datetime,
    close: Callable[[sa.Connection, InboxRow], bool],
) -> None:
    """The message's end and its replies' beginning, in one transaction."""
    with store.write() as connection:
        conversation = get_conversation(connection, row.message.sender_id)
        if not close(connection, row) or conversation is None:
            return  # its lease ran out, and whoever has it now keeps the same replies
        parts = [part for reply in replies for part in split_for(row.message.channel, reply)]
        for number, reply in enumerate(parts):
            _enqueue_reply(connection, conversation, row.message, number, reply, now)


def reply_key(message: InboundMessage, number: int) -> str:
    """The key of the answers to a message, in their order."""
    return f"reply:{message.channel}:{message.message_id}:{number}"


def _enqueue_reply(
    connection: sa.Connection, conversation: Conversation, message: InboundMessage, number: int,
    reply: OutboundMessage, now: datetime,
) -> None:
    enqueue(
        connection,
        idempotency_key=reply_key(message, number),
        kind="reply",
        customer_id=conversation.customer_id,
        sender_id=conversation.sender_id,
        channel=message.channel,
        address=conversation.address,
        purpose="service",
        payload=reply,
        now=now,
    )


def _apologise(sentence: str, language: str) -> OutboundMessage:
    language = language or "en"
    person = QuickReply(translate(language, "Talk to a person"), dump_payload("contact_human_agent"))
    return OutboundMessage(translate(language, sentence), language=language, quick_replies=(person,))


def _read_replies(body: Any) -> list[OutboundMessage]:
    replies = body.get("replies") if isinstance(body, dict) else None
    if not isinstance(replies, list):
        raise Unavailable("Rasa's answer holds no replies")
    return [OutboundMessage.from_json(each) for each in replies]
