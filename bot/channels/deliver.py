"""Stage B5: an outbox row -> its channel's sender."""

from collections.abc import Mapping
from dataclasses import dataclass

from bot.channels.base import ChannelSender
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


@dataclass(frozen=True)
class Senders:
    """The way to every channel, by its word."""

    by_channel: Mapping[str, ChannelSender]

    def send(self, row: OutboxRow) -> str:
        """Send once, on the row's channel; the vendor's message id.

        RetryLater, UnknownFate, NotAllowed or FixConfiguration say what a caller should do.
        """
        sender = self.by_channel.get(row.channel)
        if sender is None:
            raise FixConfiguration(f"there is no channel {row.channel!r} to send on")
        return sender.send(row)


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
