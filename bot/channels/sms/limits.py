"""What a text message can hold: plain words, counted in segments of the network's alphabet."""

from bot.channels.fitting import cut
from bot.channels.meta.choices import Choice, list_choices, take_number
from bot.channels.outbox import OutboxRow
from bot.channels.unsubscribe import make_link
from bot.contracts.messages import OutboundMessage
from bot.settings import Settings
from bot.texts.catalogue import translate

MAX_SEGMENTS, MAX_CHOICES, CHOICE = 3, 5, 30
_GSM = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
_GSM_TWICE = frozenset("^{}\\[~]|€\f")  # these take two places
_PLAIN = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"', "«": '"', "»": '"', "–": "-", "—": "-", "…": "...",
                        "\u00a0": " ", "\u202f": " ", "œ": "oe", "Œ": "OE", "×": "x", "·": "-"})


def render_row(row: OutboxRow, settings: Settings) -> str:
    """A row as a text: the way to stop with what advertises, numbers with what can be chosen in an answer. Pure."""
    is_marketing = row.purpose == "marketing" and bool(row.customer_id)
    stop_link = make_link(settings, row.customer_id, "sms") if is_marketing else ""
    return render_text(row.payload, stop_link=stop_link, numbers=row.kind == "reply")


def choose_by_number(message: OutboundMessage, text: str) -> Choice | None:
    """What a customer means who answers with nothing but a number; None when it asks for none. Pure."""
    return take_number(list_choices(message)[:MAX_CHOICES], text)


def render_text(message: OutboundMessage, *, stop_link: str = "", numbers: bool = False) -> str:
    """The words of the message, what a parcel's line says, and the way to stop; cut to MAX_SEGMENTS. With `numbers`
    what can be chosen follows the words, and is not cut. Pure.
    """
    parts = [message.text]
    if message.timeline:
        parts += [message.timeline.alert, message.timeline.tracking_url]
    links = [each.url for each in message.quick_replies if each.url.startswith("http")]
    body = narrow("\n".join(part for part in (*parts, *links[:1]) if part))
    end = _number_choices(message) if numbers else ""
    end += f"\n{narrow(translate(message.language, 'No more texts: {link}', link=stop_link))}" if stop_link else ""
    while body and count_segments(body + end) > MAX_SEGMENTS:
        body = cut(body, len(body) - 8).replace("…", "...") if len(body) > 12 else ""
    return body + end


def _number_choices(message: OutboundMessage) -> str:
    choices = list_choices(message)[:MAX_CHOICES]
    lines = [f"{number} {narrow(cut(each.title, CHOICE))}" for number, each in enumerate(choices, start=1)]
    return "".join(f"\n{line}" for line in lines)


def count_segments(text: str) -> int:
    """How many messages of the network the text takes."""
    if all(sign in _GSM or sign in _GSM_TWICE for sign in text):
        places = len(text) + sum(sign in _GSM_TWICE for sign in text)
        return 1 if places <= 160 else -(-places // 153)
    places = len(text.encode("utf-16-le")) // 2
    return 1 if places <= 70 else -(-places // 67)


def narrow(text: str) -> str:
    """Typographic signs as the network's alphabet has them: one curly quote would more than halve the room."""
    return text.translate(_PLAIN)
