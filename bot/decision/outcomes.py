"""Stage 3: what persons did after messages: events that tell an outcome, answers in their conversations, opt-outs."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa

from bot.decision.rewards import OUTCOME_OF_EVENT, Happening
from bot.profile.purchases import UNTRUSTED_SILOS
from bot.profile.store.tables import consents, events, inbox

# What a page says of orders and unsubscribings is not believed; what it says was clicked or added, is.
_ONLY_THE_SHOP_SAYS = frozenset({"Order Completed", "Unsubscribed", "Email Marked as Spam", "Nudge Declined"})


def read_deeds(
    connection: sa.Connection, members: Sequence[str], since: datetime, until: datetime
) -> dict[str, list[Happening]]:
    """What customers did from one moment to another, the later one not included, by customer."""
    did: dict[str, list[Happening]] = defaultdict(list)
    told = sa.select(events.c.customer_id, events.c.name, events.c.occurred_at).where(
        events.c.customer_id.in_(members), events.c.occurred_at >= since, events.c.occurred_at < until,
        events.c.name.in_(sorted(OUTCOME_OF_EVENT)),
        sa.or_(events.c.silo.not_in(UNTRUSTED_SILOS), events.c.name.not_in(sorted(_ONLY_THE_SHOP_SAYS))),
    )
    for row in connection.execute(told):
        did[row.customer_id].append(Happening(OUTCOME_OF_EVENT[row.name], row.occurred_at))
    withdrawn = sa.select(consents.c.customer_id, consents.c.changed_at).where(
        consents.c.customer_id.in_(members), consents.c.state == "withdrawn",
        consents.c.changed_at >= since, consents.c.changed_at < until,
    )
    for customer_id, changed_at in connection.execute(withdrawn):
        did[customer_id].append(Happening("opted_out", changed_at))
    return did


def read_answers(
    connection: sa.Connection, senders: Sequence[str], since: datetime, until: datetime
) -> dict[str, list[Happening]]:
    """What was written to us in conversations, by conversation."""
    wrote: dict[str, list[Happening]] = defaultdict(list)
    query = sa.select(inbox.c.sender_id, inbox.c.received_at).where(
        inbox.c.sender_id.in_(senders), inbox.c.received_at >= since, inbox.c.received_at < until,
    )
    for row in connection.execute(query):
        wrote[row.sender_id].append(Happening("replied", row.received_at))
    return wrote
