"""Stage B5: a refusal for good, told at once or by a receipt -> for how long that address is left alone."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from bot.profile.suppressions import Scope, find_suppression, suppress

_MOST_DOUBLINGS = 5  # a day becomes a month


@dataclass(frozen=True)
class Rule:
    """What a refusal says of an address. `length` None is for good; else it doubles each time."""

    scope: Scope
    length: timedelta | None = None


_DAY, _WEEK = timedelta(days=1), timedelta(days=7)
# By channel and the word that its sender raises. What is not here is about the message, not about who gets it.
RULES: Mapping[tuple[str, str], Rule] = {
    ("email", "no_such_address"): Rule("all"),
    ("email", "complaint"): Rule("nudges"),
    ("email", "mailbox_full"): Rule("nudges", _DAY),
    ("email", "not_delivered"): Rule("nudges", _DAY),
    ("sms", "no_such_number"): Rule("all"),
    ("sms", "undeliverable"): Rule("nudges", _DAY),
    ("whatsapp", "undeliverable"): Rule("nudges", _WEEK),
    ("whatsapp", "marketing_cap"): Rule("marketing", _DAY),  # Meta: not again soon
    ("whatsapp", "experiment"): Rule("marketing", _WEEK),
    ("messenger", "undeliverable"): Rule("nudges", _WEEK),
}


def note_refusal(connection: sa.Connection, channel: str, address: str, reason: str, now: datetime) -> bool:
    """Leave the address alone as long as the reason asks for; whether it does. Writes."""
    rule = RULES.get((channel, reason))
    if rule is None or not address:
        return False
    until = None
    if rule.length is not None:
        known = find_suppression(connection, channel, address, rule.scope)
        until = now + rule.length * 2 ** min(known.times if known else 0, _MOST_DOUBLINGS)
    suppress(connection, channel, address, scope=rule.scope, reason=reason, until=until, now=now)
    return True
