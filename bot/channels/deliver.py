"""Stage B5: an outbox row -> its channel's sender."""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial

from bot.channels.base import BulkSender, ChannelSender, MassSender, Result
from bot.channels.calls import Calls, try_to_send
from bot.channels.email.send import EmailSender
from bot.channels.messenger.send import MessengerSender
from bot.channels.outbox import OutboxRow
from bot.channels.read_marks import ReadMarks, ShowsRead
from bot.channels.sms.send import SmsSender
from bot.channels.sms.twilio import TwilioSender
from bot.channels.web.send import WebSender
from bot.channels.whatsapp.send import WhatsAppSender
from bot.errors import FixConfiguration
from bot.profile.store.engine import Store
from bot.settings import Settings

IN_THREADS, BESIDE_EACH_OTHER, TOGETHER = 8, 400, 100  # messages at once of a channel: as it calls its vendor


@dataclass(frozen=True)
class Senders:
    """The way to every channel, by its word."""

    by_channel: Mapping[str, ChannelSender]
    _calls: Calls = field(default_factory=lambda: Calls(BESIDE_EACH_OTHER))
    _threads: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(IN_THREADS, "sending"))

    def at_once(self, channel: str) -> int:
        """How many messages of the channel leave at once."""
        match self.by_channel.get(channel):
            case MassSender():
                return BESIDE_EACH_OTHER
            case BulkSender():
                return TOGETHER
            case _:
                return IN_THREADS

    def in_order(self) -> frozenset[str]:
        """The channels that take several messages to a person in one call."""
        return frozenset(name for name, sender in self.by_channel.items() if isinstance(sender, BulkSender))

    def send_all(self, rows: Sequence[OutboxRow]) -> list[Result]:
        """Send each once, on its channel, all at once; in their order the vendor's id, or what `send` raised."""
        mass = [(sender, row) for row in rows if isinstance(sender := self.by_channel.get(row.channel), MassSender)]
        others = [row for row in rows if not isinstance(self.by_channel.get(row.channel), MassSender | BulkSender)]
        found: dict[int, Result] = {}
        for name, sender in self.by_channel.items():
            bulk = [row for row in rows if row.channel == name]
            if bulk and isinstance(sender, BulkSender):
                found |= zip((row.outbox_id for row in bulk), sender.send_together(bulk), strict=True)
        send = partial(try_to_send, self.send)
        sent = map(send, others) if len(others) < 2 else self._threads.map(send, others)
        found |= zip((row.outbox_id for row in others), sent, strict=True)
        if mass:
            found |= zip((row.outbox_id for _, row in mass), self._calls.send(mass), strict=True)
        return [found[row.outbox_id] for row in rows]

    def send(self, row: OutboxRow) -> str:
        """Send once, on the row's channel; the vendor's message id.

        RetryLater, UnknownFate, NotAllowed or FixConfiguration say what a caller should do.
        """
        sender = self.by_channel.get(row.channel)
        if sender is None:
            raise FixConfiguration(f"there is no channel {row.channel!r} to send on")
        return sender.send(row)

    def close(self) -> None:
        """Close every connection that stayed open, and end the threads."""
        self._calls.close()
        self._threads.shutdown()


def open_senders(settings: Settings) -> Senders:
    """Every channel that this installation can send on. Opens no connection."""
    senders: dict[str, ChannelSender] = {
        "web": WebSender(settings), "email": EmailSender(settings),
        "sms": TwilioSender(settings) if settings.twilio_account_sid else SmsSender(settings),
    }
    if settings.whatsapp_phone_number_id:
        senders["whatsapp"] = WhatsAppSender(settings)
    if settings.messenger_page_id:
        senders["messenger"] = MessengerSender(settings)
    return Senders(senders)


def open_marks(store: Store, settings: Settings) -> ReadMarks:
    """Who tells customers that they were read, on the channels of this installation. Opens no connection."""
    channels: dict[str, ShowsRead] = {}
    if settings.whatsapp_phone_number_id:
        channels["whatsapp"] = WhatsAppSender(settings)
    if settings.messenger_page_id:
        channels["messenger"] = MessengerSender(settings)
    return ReadMarks(store, channels)
