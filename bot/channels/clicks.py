"""Links of nudges that are counted: a short signed address under `/l/`, which leads on to a page of the shop's own.

The address says which message and which of its links, signed. Where it leads is read from the message as it was
written, and checked again: nobody can make an address of ours lead elsewhere. What is not of the shop's own hosts
stays as it is, uncounted.
"""

import struct
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from urllib.parse import urlsplit

import sqlalchemy as sa

from bot.channels.signed import seal, unseal
from bot.contracts.messages import Card, OutboundMessage, QuickReply
from bot.errors import NotAllowed
from bot.intake.names import EMAIL_LINK_CLICKED, PROMOTION_CLICKED
from bot.profile.events import Event, append_events
from bot.profile.identities import CustomerId
from bot.profile.store.tables import customers, events, outbox
from bot.settings import Settings

_SAID = struct.Struct(">QB")  # outbox id, number of the link
_PURPOSE = "click"
_MOST_LINKS = 256


def count_links(message: OutboundMessage, outbox_id: int, settings: Settings) -> OutboundMessage:
    """The message with the links that lead to the shop's own pages counted; it is kept as it was. Pure."""
    places = {url: number for number, url in reversed([*enumerate(_urls(message))][:_MOST_LINKS])}
    if not places:
        return message

    def counted(url: str) -> str:
        return make_link(settings, outbox_id, places[url]) if url in places and is_own(settings, url) else url

    return replace(
        message,
        quick_replies=tuple(replace(each, url=counted(each.url)) for each in message.quick_replies),
        cards=tuple(_with_links(each, counted(each.url), [counted(one.url) for one in each.buttons])
                    for each in message.cards),
    )


def make_link(settings: Settings, outbox_id: int, number: int) -> str:
    """The address that stands for a link of a message."""
    token = seal(settings, _PURPOSE, _SAID.pack(outbox_id, number))
    return f"{settings.public_url.rstrip('/')}/l/{token}"


def read_token(settings: Settings, token: str) -> tuple[int, int]:
    """The message and the number of its link; NotAllowed when we did not make it."""
    said = unseal(settings, _PURPOSE, token)
    if len(said) != _SAID.size:
        raise NotAllowed("link")
    outbox_id, number = _SAID.unpack(said)
    return int(outbox_id), int(number)


def find_page(connection: sa.Connection, settings: Settings, outbox_id: int, number: int) -> str:
    """Where a link leads: a page of the shop's own, its first where the message is kept no more."""
    payload = connection.scalar(sa.select(outbox.c.payload).where(outbox.c.outbox_id == outbox_id))
    urls = [*_urls(OutboundMessage.from_json(payload))] if payload else []
    url = urls[number] if number < len(urls) else ""
    return url if is_own(settings, url) else settings.public_url


def is_noted(connection: sa.Connection, outbox_id: int, number: int) -> bool:
    """Whether a link was followed before: then nobody takes the writer's lock for it again."""
    known = sa.exists().where(events.c.message_id == _click_id(outbox_id, number))
    return bool(connection.scalar(sa.select(known)))


def note_click(connection: sa.Connection, outbox_id: int, number: int, now: datetime) -> bool:
    """Keep that the receiver followed a link, once a link. Whether it was news. Writes."""
    columns = (outbox.c.customer_id, outbox.c.channel, outbox.c.nudge, outbox.c.about)
    row = connection.execute(
        sa.select(*columns)
        .join(customers, customers.c.customer_id == outbox.c.customer_id)  # not erased since
        .where(outbox.c.outbox_id == outbox_id, outbox.c.kind == "nudge")
    ).one_or_none()
    if row is None:
        return False
    return append_events(connection, [Event(
        message_id=_click_id(outbox_id, number), customer_id=CustomerId(row.customer_id), silo="prevenant",
        type="track", name=EMAIL_LINK_CLICKED if row.channel == "email" else PROMOTION_CLICKED,
        properties={"channel": row.channel, "nudge": row.nudge, "about": row.about, "link": number},
        occurred_at=now, received_at=now,
    )]) == 1


def _click_id(outbox_id: int, number: int) -> str:
    return f"click:{outbox_id}:{number}"


def is_own(settings: Settings, url: str) -> bool:
    """Whether an address is a page of the shop's: on our own host, or one of `link_hosts`."""
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").lower()
    except ValueError:
        return False
    ours = {(urlsplit(settings.public_url).hostname or "").lower(), *settings.link_host_list}
    return parts.scheme in ("http", "https") and parts.username is None and host in ours


def _urls(message: OutboundMessage) -> Iterator[str]:
    """Every address of a message, in its order: the same for the same message."""
    yield from (each.url for each in message.quick_replies)
    for card in message.cards:
        yield card.url
        yield from (each.url for each in card.buttons)


def _with_links(card: Card, url: str, buttons: list[str]) -> Card:
    made: list[QuickReply] = [replace(each, url=link) for each, link in zip(card.buttons, buttons, strict=True)]
    return replace(card, url=url, buttons=tuple(made))

