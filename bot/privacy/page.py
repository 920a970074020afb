"""The page on which a person reads what is kept of them: one file, nothing loaded from anywhere, made to be printed."""

from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from bot.privacy.export import Copy
from bot.privacy.tables import Shown, show_tables
from bot.privacy.words import Words

FOLDER = Path(__file__).parent / "templates"
PAGE, FILE = "prevenant-data.html", "prevenant-data.json"


def render_page(copy: Copy, *, language: str, timezone: str) -> str:
    """The whole page in the reader's language and zone, every word escaped. Pure."""
    words = Words(language, timezone, copy.labels)
    return _template("copy.html").render(
        copy=copy, document=copy.document, words=words, t=words.say, language=language, file=FILE,
        found=show_tables(copy.document["parts"], words), shop=copy.part("account"),
        people=copy.part("customers").get("customers", []), pictures=copy.part("pictures").get("pictures", []),
        letters=_show_letters(copy.part("messages").get("outbox", []), words),
    )


def render_note(title: str, text: str, *, language: str, buttons: tuple[tuple[str, str], ...] = ()) -> str:
    """A short page of one sentence, with buttons (value, title) that post back. Pure."""
    return _template("note.html").render(title=title, text=text, language=language, buttons=buttons)


def _show_letters(outbox: list[dict[str, Any]], words: Words) -> Shown | None:
    """What we wrote outside of a conversation's answers."""
    rows = [
        (words.moment(row["created_at"]), words.name("channel", row["channel"]), str(row["payload"].get("text") or ""),
         words.name("left", row["state"]))
        for row in outbox if row["kind"] != "reply"
    ]
    heads = tuple(words.say(each) for each in ("When", "Where", "The words", "State"))
    return Shown(words.say("What we wrote to you besides"), heads, tuple(rows)) if rows else None


@cache
def _template(name: str) -> Template:
    pages = Environment(
        loader=FileSystemLoader(FOLDER), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True,
    )
    return pages.get_template(name)
