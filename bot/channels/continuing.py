"""Stage A0: from the website to WhatsApp or Messenger, on with the same conversation: the link, and who comes by it."""

from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import quote

import sqlalchemy as sa
import structlog

from bot.channels.outbox import enqueue
from bot.contracts.messages import OutboundMessage, dump_payload
from bot.errors import NotFound
from bot.profile.conversations import Conversation, get_conversation
from bot.profile.identities import identities_of
from bot.profile.link_codes import cut_link_code, find_link_code, issue_link_code, use_link_code
from bot.profile.state import read_state, write_state
from bot.settings import Settings
from bot.texts.catalogue import translate

log = structlog.get_logger()
CONTINUED = dump_payload("greet", option="continued")  # `action_greet` says what goes on here
_GREETING = dump_payload("greet")
_CHANNELS = {"whatsapp": "WhatsApp", "messenger": "Messenger"}
_LINKED = (
    "Your account with us is now known in a conversation on {channel}: it was opened from our website, where you were "
    "signed in. If that was not you, answer this letter at once."
)


@dataclass(frozen=True)
class Said:
    """What is left of a customer's words once the code is out of them; `payload` stands for them where it is set."""

    text: str = ""
    payload: str = ""


def offered_channels(settings: Settings) -> list[str]:
    """Where a conversation of the website can go on."""
    is_offered = {
        "whatsapp": settings.whatsapp_phone_number_id and settings.whatsapp_number,
        "messenger": settings.messenger_page_id,
    }
    return [channel for channel, has_settings in is_offered.items() if has_settings]


def make_continue_url(
    connection: sa.Connection, settings: Settings, conversation: Conversation, channel: str, now: datetime, *,
    cart_ref: str = "",
) -> str:
    """The address that goes on with this conversation on a channel, for one use and ten minutes. Writes.

    `cart_ref` is the basket of the page that the customer leaves: it is the conversation's from here on. NotFound
    where the channel is not offered; NotAllowed as `issue_link_code` raises it.
    """
    if channel not in offered_channels(settings):
        raise NotFound("this channel is not offered")
    code = issue_link_code(connection, conversation, channel, secret=settings.session_secret, now=now)
    state = read_state(connection, conversation.customer_id)
    if cart_ref and cart_ref != state.cart_ref:
        write_state(connection, conversation.customer_id, replace(state, cart_ref=cart_ref), now)
    if channel == "messenger":
        return f"https://m.me/{settings.messenger_page_id}?ref={code}"
    language = state.language or conversation.language or "en"
    text = translate(language, "Hello! I am going on here with our conversation ({code}).", code=code)
    return f"https://wa.me/{settings.whatsapp_number.removeprefix('+')}?text={quote(text)}"


def take_up(
    connection: sa.Connection, settings: Settings, conversation: Conversation, text: str, now: datetime, *,
    ref: str = "",
) -> Said:
    """What a message says, with the code in it, or in the `ref` it came by, used and cut out. Writes.

    A code that opens nothing is cut out and nothing is said of it: the rest is a message like any other.
    """
    code = find_link_code(ref) or find_link_code(text)
    if not code:
        return Said(text)
    if use_link_code(
        connection, code, conversation, secret=settings.session_secret, now=now, salt=settings.holdout_salt
    ):
        log.info("conversation_continued", channel=conversation.channel, sender_id=conversation.sender_id)
        _tell_owner(connection, conversation, code, now)
        return Said(payload=CONTINUED)
    rest = cut_link_code(text)
    return Said(rest, "" if rest or not text else _GREETING)


def _tell_owner(connection: sa.Connection, arrived: Conversation, code: str, now: datetime) -> None:
    """Where an account is known from here on, its owner hears of it by letter: a link can be given away. Writes."""
    joined = get_conversation(connection, arrived.sender_id)
    if joined is None or not joined.is_verified(now):
        return
    known = identities_of(connection, joined.customer_id)
    address = next((each.value for each in known[::-1] if each.kind == "email" and each.is_verified), "")
    if not address:
        return
    language = joined.language or "fr"
    text = translate(language, _LINKED, channel=_CHANNELS.get(joined.channel, joined.channel))
    enqueue(
        connection, idempotency_key=f"notice:linked:{code.split('-')[1]}:{joined.channel}", kind="notice",
        customer_id=joined.customer_id, sender_id="", channel="email", address=address, purpose="service",
        payload=OutboundMessage(text, language=language), now=now,
    )
