"""The way out that every marketing message carries: a short signed link that stops that channel.

The link says whose and which channel, signed; it never runs out, as a letter may be read years later.
"""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from bot.channels.signed import seal, unseal
from bot.errors import NotAllowed
from bot.profile.consent import record_consent
from bot.profile.identities import members_of
from bot.profile.store.tables import consents, customers, outbox
from bot.settings import Settings

_PURPOSE = "unsubscribe"
_BEGUN = ("service", "marketing")  # the purposes of what we begin
_CHANNELS = {b"e": "email", b"s": "sms"}
_LETTERS = {channel: letter for letter, channel in _CHANNELS.items()}


@dataclass(frozen=True)
class Unsubscription:
    """Who wants no more of what."""

    customer_id: str
    channel: str


def make_link(settings: Settings, customer_id: str, channel: str) -> str:
    """The address that a message of this customer on this channel carries."""
    token = seal(settings, _PURPOSE, _LETTERS[channel] + customer_id.encode())
    return f"{settings.public_url.rstrip('/')}/u/{token}"


def read_token(settings: Settings, token: str) -> Unsubscription:
    """Whose link it is; NotAllowed when we did not make it."""
    said = unseal(settings, _PURPOSE, token)
    if said[:1] not in _CHANNELS:
        raise NotAllowed("link")
    return Unsubscription(said[1:].decode(), _CHANNELS[said[:1]])


def stop_marketing(
    connection: sa.Connection, customer_id: str, channel: str, *, source: str, wording: str, now: datetime
) -> None:
    """The consent is withdrawn on this channel, and what waits to leave this way is taken back. Writes."""
    if not _is_known(connection, customer_id):
        return  # erased since
    record_consent(
        connection, customer_id, purpose="marketing", channel=channel, state="withdrawn", source=source,
        wording=wording, now=now,
    )
    _take_back(connection, customer_id, channel, outbox.c.purpose == "marketing")


def stop_channel(
    connection: sa.Connection, customer_id: str, channel: str, *, source: str, wording: str, now: datetime
) -> None:
    """No more of anything that we begin on this channel; what waits is taken back. Writes."""
    for purpose in _BEGUN:
        record_consent(
            connection, customer_id, purpose=purpose, channel=channel, state="withdrawn", source=source,
            wording=wording, now=now,
        )
    _take_back(connection, customer_id, channel, outbox.c.kind == "nudge")


def _take_back(connection: sa.Connection, customer_id: str, channel: str, which: sa.ColumnElement[bool]) -> None:
    waits = sa.and_(
        outbox.c.customer_id.in_(members_of(connection, customer_id)), outbox.c.state == "pending",
        outbox.c.channel == channel, which,
    )
    connection.execute(sa.update(outbox).where(waits).values(state="withdrawn", reason="consent_withdrawn"))


def resume_channel(
    connection: sa.Connection, customer_id: str, channel: str, *, source: str, wording: str, now: datetime
) -> None:
    """What `stop_channel` took from the same source is given back; advertising only where it was granted. Writes."""
    members = members_of(connection, customer_id)
    for purpose in _BEGUN:
        rows = connection.execute(
            sa.select(consents.c.state, consents.c.source)
            .where(consents.c.customer_id.in_(members), consents.c.purpose == purpose)
            .where(consents.c.channel.in_((channel, "*")))
            .order_by(consents.c.changed_at.desc(), consents.c.consent_id.desc())
        ).all()
        was_ours = bool(rows) and (rows[0].state, rows[0].source) == ("withdrawn", source)
        before = next((row.state for row in rows if (row.state, row.source) != ("withdrawn", source)), "unknown")
        if was_ours and before == "granted":
            record_consent(
                connection, customer_id, purpose=purpose, channel=channel, state="granted", source=source,
                wording=wording, now=now,
            )


def allow_marketing(
    connection: sa.Connection, customer_id: str, channel: str, *, source: str, wording: str, now: datetime
) -> None:
    """The customer said yes to marketing on this channel, in the channel's own words. Writes."""
    if _is_known(connection, customer_id):
        record_consent(
            connection, customer_id, purpose="marketing", channel=channel, state="granted", source=source,
            wording=wording, now=now,
        )


def _is_known(connection: sa.Connection, customer_id: str) -> bool:
    found = sa.select(customers.c.customer_id).where(customers.c.customer_id == customer_id)
    return connection.scalar(found) is not None

