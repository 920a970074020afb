"""What an e-mail can show: text and HTML side by side, everything escaped, only links that lead to web pages."""

from dataclasses import replace
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from bot.channels.fitting import RichLimits, cut, fit_rich
from bot.channels.outbox import SECRET_KINDS
from bot.contracts.messages import Card, OutboundMessage, render_plain
from bot.texts.catalogue import translate

MAX_SUBJECT_CHARACTERS = 120
_SHORTEST_SENTENCE = 15
_SUBJECTS = {
    "code": "Your code", "data_link": "A copy of your data", "consent_link": "Please confirm your consent",
    "notice": "About your request", "reply": "Our answer", "nudge": "A word from your shop",
}
_MARKS = {"done": "✓", "current": "●", "upcoming": "○", "problem": "!"}


def fit_letter(message: OutboundMessage) -> OutboundMessage:
    """The message as a letter can carry it: buttons that answer a chat stay out, links must be whole. Pure."""
    fitting = fit_rich(message, RichLimits())
    links = tuple(each for each in fitting.quick_replies if each.url.startswith("http"))
    return replace(fitting, quick_replies=links, cards=tuple(_fit_card(card) for card in fitting.cards))


def choose_subject(message: OutboundMessage, kind: str) -> str:
    """One line: the shop's own, what is alarming, the first sentence; a code or a link has one of its own. Pure."""
    if message.subject and kind not in SECRET_KINDS:
        return cut(" ".join(message.subject.split()), MAX_SUBJECT_CHARACTERS)
    alert = message.timeline.alert if message.timeline else ""
    line = " ".join((alert or message.text).split("\n", 1)[0].split())
    if kind in SECRET_KINDS or not line:
        return translate(message.language, _SUBJECTS.get(kind, _SUBJECTS["notice"]))
    return cut(_first_sentence(line), MAX_SUBJECT_CHARACTERS)


def render_text_part(message: OutboundMessage, *, stop_link: str = "") -> str:
    """A fitted message as plain text, links written out. Pure."""
    lines = [render_plain(replace(message, quick_replies=()))]
    lines += [card.url for card in message.cards if card.url]
    lines += [f"{each.title}: {each.url}" for each in message.quick_replies]
    if stop_link:
        lines.append("\n" + translate(message.language, "To receive no more of these e-mails: {link}", link=stop_link))
    return "\n".join(lines).strip() + "\n"


def render_html_part(message: OutboundMessage, *, stop_link: str = "") -> str:
    """A fitted message as HTML that mail programs show; every word and address escaped."""
    stop_words = translate(message.language, "To receive no more of these e-mails, follow this link.")
    return _template().render(message=message, marks=_MARKS, stop_link=stop_link, stop_words=stop_words)


@cache
def _template() -> Template:
    loader = FileSystemLoader(Path(__file__).parent)
    letters = Environment(
        loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return letters.get_template("letter.html.jinja")


def _fit_card(card: Card) -> Card:
    """A path of the site means nothing in a mail program."""
    url = card.url if card.url.startswith("http") else ""
    image_url = card.image_url if card.image_url.startswith("http") else ""
    return replace(card, url=url, image_url=image_url, buttons=())


def _first_sentence(line: str) -> str:
    for place, sign in enumerate(line):
        if place > _SHORTEST_SENTENCE and sign in ".!?" and line[place + 1 : place + 2] in ("", " "):
            return line[: place + 1]
    return line
