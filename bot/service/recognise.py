"""Stage A4: somebody writes from where they are known already -> the shop's customer, proven for some minutes more.

Known is a telephone number that WhatsApp has verified and one account has, and a conversation on WhatsApp or Messenger
that its owner went on with from the website, signed in (docs/decisions/0004-who-went-on-stays-known.md).
"""

from datetime import datetime, timedelta

from bot.commerce.protocol import CommerceEngine
from bot.errors import PrevenantError
from bot.profile.conversations import Conversation, verify_conversation
from bot.profile.rate_limits import take
from bot.profile.store.engine import Store
from bot.service.policy import VerificationPart

LINKED = "link"
_LOOK_AGAIN_SECONDS = 600.0


def recognise(
    store: Store, commerce: CommerceEngine, rules: VerificationPart, conversation: Conversation, now: datetime,
    salt: str,
) -> Conversation:
    """The conversation, verified where the policy takes what is known of it for a proof. Writes.

    A number that the shop does not know, or knows of several, proves nothing; the shop is asked once in ten minutes.
    """
    if is_still_linked(conversation, timedelta(days=rules.linked_days), now):
        until = now + timedelta(minutes=rules.verified_minutes)
        with store.write() as connection:
            return verify_conversation(
                connection, conversation.sender_id, customer_ref=conversation.verified_ref or "", by=LINKED,
                until=until, now=now, salt=salt,
            )
    number = _number_of(conversation)
    if not rules.whatsapp_number or not number or conversation.is_verified(now):
        return conversation
    with store.write() as connection:
        key = f"recognise:{conversation.sender_id}"
        if not take(connection, key, limit=1, window_seconds=_LOOK_AGAIN_SECONDS, now=now):
            return conversation
    try:
        found = commerce.find_customers(phone=number)
    except PrevenantError:  # they can still say who they are
        return conversation
    if len(found) != 1:
        return conversation
    until = now + timedelta(minutes=rules.verified_minutes)
    with store.write() as connection:
        return verify_conversation(
            connection, conversation.sender_id, customer_ref=found[0].ref, by="whatsapp", until=until, now=now,
            salt=salt, phone=number,
        )


def is_still_linked(conversation: Conversation, length: timedelta, now: datetime) -> bool:
    """Whether a proof that came from the website has run out, and not longer than `length` ago. Pure."""
    until = conversation.verified_until
    if not conversation.verified_ref or conversation.verified_by != LINKED or until is None:
        return False
    return until <= now < until + length


def _number_of(conversation: Conversation) -> str:
    """In E.164; "" on other channels, and for somebody whom WhatsApp names by an id only."""
    if conversation.channel != "whatsapp" or not conversation.address.isdecimal():
        return ""
    return f"+{conversation.address}"
