"""The page on which a person reads what is kept of them: one file, nothing loaded from anywhere, made to be printed."""

from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_datetime
from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from bot.privacy.export import Copy
from bot.texts.catalogue import LOCALES, format_money, translate

FOLDER = Path(__file__).parent / "templates"
_KIND_SENTENCES = {
    "email": "E-mail address", "phone": "Phone number", "customer_id": "Account", "loyalty_id": "Loyalty card",
    "anonymous_id": "Browser", "whatsapp_id": "WhatsApp", "messenger_id": "Messenger",
}
_TRAIT_SENTENCES = {
    "first_name": "First name", "last_name": "Last name", "locale": "Language and country", "city": "City",
    "country": "Country", "timezone": "Time zone", "language": "Language", "favourite_colours": "Favourite colours",
    "favourite_sizes": "Favourite sizes", "favourite_brands": "Favourite brands", "favourite_types": "What you like",
    "usual_products": "What you usually buy",
    "usual_variants": "In which size and colour", "order_count": "Number of orders", "last_purchase": "Last purchase",
}
_STATE_SENTENCES = {"granted": "allowed", "withdrawn": "refused", "pending": "waits for your confirmation"}
_PURPOSE_SENTENCES = {
    "service": "News of your orders", "marketing": "Offers and suggestions",
    "personalisation": "Suggestions chosen from your purchases",
}
_KEPT_SENTENCES = {
    "events": "What you did in the shop", "messages": "What was said", "trackers": "How messages were understood",
    "decisions": "What we considered writing to you", "waits": "Reminders", "handoffs": "Conversations with our team",
    "rejects": "What could not be used", "parcels": "News of parcels", "codes": "Codes and links",
    "strangers": "Visits of browsers that nobody is known by", "mailbox": "The demo's mailbox",
    "audit": "Changes, by numbers only",
}


def render_page(copy: Copy, *, language: str, timezone: str, privacy_url: str = "") -> str:
    """The whole page, every word escaped. Pure."""

    def say(sentence: str, **values: object) -> str:
        return translate(language, sentence, **values)

    def name(sentences: dict[str, str], key: str) -> str:
        return say(sentences[key]) if key in sentences else key.replace("_", " ").replace(":", ", ")

    def moment(text: str | datetime | None) -> str:
        if not text:
            return ""
        at = text if isinstance(text, datetime) else datetime.fromisoformat(text)
        return str(format_datetime(at, "d MMM yyyy, HH:mm", tzinfo=ZoneInfo(timezone), locale=LOCALES[language]))

    return _template("copy.html").render(
        copy=copy, document=copy.document, part=copy.part, language=language, t=say, moment=moment, url=privacy_url,
        kind=lambda key: name(_KIND_SENTENCES, key), trait=lambda key: name(_TRAIT_SENTENCES, key),
        state=lambda key: name(_STATE_SENTENCES, key), purpose=lambda key: name(_PURPOSE_SENTENCES, key),
        kept=lambda key: name(_KEPT_SENTENCES, key), words=_to_words,
        money=lambda minor, currency: format_money(language, minor, currency),
        locale=LOCALES[language],
    )


def render_note(title: str, text: str, *, language: str, buttons: tuple[tuple[str, str], ...] = ()) -> str:
    """A short page of one sentence, with buttons (value, title) that post back. Pure."""
    return _template("note.html").render(title=title, text=text, language=language, buttons=buttons)


@cache
def _template(name: str) -> Template:
    pages = Environment(
        loader=FileSystemLoader(FOLDER), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True,
    )
    return pages.get_template(name)


def _to_words(value: Any) -> str:
    """Any value in a line."""
    if isinstance(value, dict):
        return ", ".join(f"{key}: {_to_words(each)}" for key, each in value.items() if each not in (None, "", [], {}))
    if isinstance(value, list):
        return ", ".join(_to_words(each) for each in value)
    if isinstance(value, float):
        return f"{value:g}"
    return "" if value is None else str(value)
