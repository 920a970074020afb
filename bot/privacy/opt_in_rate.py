"""How many who were asked said yes: by purpose and channel, over the merged persons."""

from typing import Any

import sqlalchemy as sa

from bot.profile.consent import EVERY_CHANNEL
from bot.profile.store.tables import consent_requests, consents, customers


def count_opt_ins(connection: sa.Connection) -> list[dict[str, Any]]:
    """For each purpose and channel: persons asked, and what they last said; by one statement each, no loop over
    customers. `rate` is granted of asked, None where nobody was asked.
    """
    said = (
        sa.select(
            customers.c.root_id, consents.c.purpose, consents.c.channel, consents.c.state,
            sa.func.row_number().over(
                partition_by=(customers.c.root_id, consents.c.purpose, consents.c.channel),
                order_by=(consents.c.changed_at.desc(), consents.c.consent_id.desc()),
            ).label("place"),
        ).join(customers, customers.c.customer_id == consents.c.customer_id).subquery()
    )
    counts: dict[tuple[str, str], dict[str, Any]] = {}

    def row_of(purpose: str, channel: str) -> dict[str, Any]:
        empty = {"asked": 0, "granted": 0, "withdrawn": 0, "pending": 0, "rate": None}
        return counts.setdefault((purpose, channel), {"purpose": purpose, "channel": channel, **empty})

    latest = sa.select(said.c.purpose, said.c.channel, said.c.state, sa.func.count()).where(said.c.place == 1)
    for purpose, channel, state, number in connection.execute(
        latest.group_by(said.c.purpose, said.c.channel, said.c.state)
    ):
        if state in ("granted", "withdrawn", "pending"):
            row_of(purpose, channel)[state] = number
    asked = sa.select(
        consent_requests.c.purpose, consent_requests.c.channel,
        sa.func.count(customers.c.root_id.distinct()),
    ).join(customers, customers.c.customer_id == consent_requests.c.customer_id)
    for purpose, channel, number in connection.execute(
        asked.group_by(consent_requests.c.purpose, consent_requests.c.channel)
    ):
        row_of(purpose, channel)["asked"] = number
    for purpose, channel, number in connection.execute(_granted_of_asked(said)):
        row = row_of(purpose, channel)
        row["rate"] = number / row["asked"]
    return [counts[key] for key in sorted(counts)]


def _granted_of_asked(said: sa.Subquery) -> sa.Select[Any]:
    """Of the persons we asked, those whose last word, on that channel or on all, is yes."""
    asked = (
        sa.select(customers.c.root_id, consent_requests.c.purpose, consent_requests.c.channel).distinct()
        .join(customers, customers.c.customer_id == consent_requests.c.customer_id).subquery()
    )
    same = sa.and_(
        said.c.root_id == asked.c.root_id, said.c.purpose == asked.c.purpose,
        said.c.channel.in_((asked.c.channel, EVERY_CHANNEL)), said.c.place == 1, said.c.state == "granted",
    )
    return (
        sa.select(asked.c.purpose, asked.c.channel, sa.func.count(said.c.root_id.distinct()))
        .select_from(asked.outerjoin(said, same)).group_by(asked.c.purpose, asked.c.channel)
    )
