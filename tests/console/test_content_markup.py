"""Whatever stands in a message, a tone or a picture's description is shown as it was written, and never is markup."""

from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

import pytest

from bot.bootstrap import Services
from bot.console.deeds import pictures, tone
from bot.console.people import find_person
from bot.content.offers import ToldOffer
from bot.content.picture_files import draw_anew
from bot.content.pictures import keep_picture
from bot.content.tone import Tone
from bot.decision.triggers import name_version
from bot.decision.versions import keep_versions
from tests.conftest import NOW
from tests.content.pictures import write_picture

CORPUS = (
    "<script>evil()</script>", "\"><img src=x onerror=evil()>", "' onmouseover='evil()",
    "</textarea><svg onload=evil()>",
    "</title></option></select><iframe src=javascript:evil()>", "&lt;script&gt;evil()&lt;/script&gt;",
    "<a href=\"javascript:evil()\">x</a>", "{{ 7*7 }}<b>evil</b>", "</dd></dl><form action=//evil.example>",
    "<!--<style>@import '//evil.example'</style>", "`-evil()-`\" autofocus onfocus=\"evil()",
)
PAGES = ("", "/journeys/cart_left", "/pictures", "/pictures/autumn", "/tone", "/offers", "/offers/evil")
TOGETHER = 4  # of the corpus in one field: a shop is not opened for each
_OURS = set(
    "html head meta title link body a header em nav div span b form input button main h1 h2 h3 p label select option "
    "section table thead tbody tr th td br mark ul li dl dt dd img textarea code details summary".split()
)


class _Reader(HTMLParser):
    """Every element that is none of ours, attribute that acts, and address that is not the console's."""

    def __init__(self) -> None:
        super().__init__()
        self.foreign: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in _OURS:
            self.foreign.append(tag)
        for name, value in attrs:
            is_address = name in ("src", "href", "action", "formaction")
            if name.startswith("on") or name in ("style", "autofocus") or (is_address and not _is_ours(value or "")):
                self.foreign.append(f"{tag} {name}={value}")


def _is_ours(address: str) -> bool:
    return address.startswith(("/console", "/content/pictures/", "#"))


def _poison(services: Services, evil: str) -> Services:
    """A shop in which every field that the pages show says it."""
    text = evil.replace("{", "{{").replace("}", "}}") + " {product} {price}"
    old = services.triggers[0]
    said = replace(old.messages[2], variant=evil, picture="autumn-2", texts={"fr": text, "en": text},
                   subjects={"fr": text, "en": text})
    new = replace(old, messages=(*old.messages[:2], said, *old.messages[3:]))
    new = replace(new, version=name_version(new))
    before = replace(old, messages=(*old.messages[:2], replace(said, texts={"fr": f"{text}!", "en": f"{text}!"})))
    with services.store.write() as connection:
        keep_versions(connection, [replace(before, version=name_version(before))], NOW)
        for kind in ("JPEG", "PNG"):
            keep_picture(connection, "autumn", draw_anew(write_picture(kind)), {"fr": evil, "en": evil}, why=evil,
                         by=evil[:64], now=NOW)
    never = {"fr": (evil,), "en": (evil,)}
    told = ToldOffer("evil", "MAILLE15", {"fr": evil, "en": evil}, product_types=(evil,), ends=evil, journeys=(evil,))
    services = replace(services, offers=(told,))
    return replace(services, triggers=(new, *services.triggers[1:]), tone=Tone(signature={"fr": evil, "en": evil},
                   never=never), charter=None)


@pytest.fixture
def poisoned(services: Services, open_browser: Callable[..., Any], sign_in: Callable[..., Any]) -> Callable[..., Any]:
    """A browser over a shop that says something everywhere."""
    cookies = sign_in("admin").client.cookies

    def make(evil: str) -> Any:
        visitor = open_browser(_poison(services, evil))
        visitor.client.cookies = cookies
        return visitor

    return make


@pytest.mark.parametrize("evil", [" ".join(CORPUS[n:n + TOGETHER]) for n in range(0, len(CORPUS), TOGETHER)])
def test_is_shown_and_never_acts(services: Services, poisoned: Callable[..., Any], evil: str) -> None:
    visitor = poisoned(evil)
    with services.store.write() as connection:
        person = find_person(connection, "une-admin")
    assert person
    lines = {"address": "vous", "never_fr": "\n".join(CORPUS), "why": evil}
    tone.draft_tone(services, person, tone.ToneDrafted(**lines))
    shown = pictures.PictureShown(version=1, journey="cart_left", message=1, why=evil)
    pictures.draft_picture(services, person, "autumn", shown)
    read = [visitor.client.get(f"/console/content{page}") for page in PAGES]
    read.append(visitor.post("/console/content/tone/try", language="fr", text=evil))
    words = {"message": "2", "text_fr": evil, "text_en": evil, "subject_fr": evil, "subject_en": evil, "why": evil}
    read.append(visitor.post("/console/content/journeys/cart_left/words", **words))
    read.append(visitor.post("/console/content/journeys/cart_left/propose", message="2", by="patterns"))
    form = {"form_token": visitor.token(), "name": evil, "alt_fr": evil, "alt_en": evil, "why": evil}
    read.append(visitor.client.post("/console/content/pictures", data=form, files={"file": ("a", b"x")}))
    for answer in read:
        reader = _Reader()
        reader.feed(answer.text)
        assert answer.status_code in (200, 400) and reader.foreign == [], answer.url
        assert "evil" in answer.text
