"""How each channel would show a message that is being typed: with example values, and within its limits."""

import pytest

from bot.console.preview import Draft, Shop, example_values, preview
from bot.content.pictures import Picture
from bot.decision.kinds import KINDS
from bot.decision.triggers import CHANNELS
from tests.conftest import NOW

SHOP = Shop(NOW, "Europe/Paris", "EUR", lambda _key: None)
EVERY = [(kind, case) for kind, each in KINDS.items() for case in each.cases]


def _draft(text: str, kind: str = "cart", case: str = "match", **more: str) -> Draft:
    return Draft(kind, case, more.pop("purpose", "service"), more.pop("language", "en"), text, **more)


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize(("kind", "case"), EVERY)
def test_every_fact_of_every_occasion_has_an_example(kind: str, case: str, language: str) -> None:
    draft = _draft("", kind, case, language=language)
    values = example_values(draft, SHOP)
    assert values.keys() == KINDS[kind].cases[case] and all(values.values())
    text = " ".join(f"{{{each}}}" for each in values)
    for channel in CHANNELS:
        assert "{" not in preview(_draft(text or "Hello", kind, case, language=language), channel, SHOP).text


def test_what_no_fact_is_stands_as_it_was_typed() -> None:
    for text in ("Hi {weather}", "Hi {", "Hi }{0} {{x}}"):
        assert preview(_draft(text), "web", SHOP).text == text
    assert preview(_draft("Hi {product}", kind="", case=""), "web", SHOP).text == "Hi {product}"


def test_each_channel_shows_what_may_be_tapped_in_its_own_way() -> None:
    draft = _draft("Here is {product}.")
    asks = ("Yes, add it", "No, thank you", "See my basket")
    web, email, sms, whatsapp, messenger = (
        preview(draft, each, SHOP) for each in ("web", "email", "sms", "whatsapp", "messenger"))
    assert web.buttons == asks and web.cards[0].title == "Wool scarf"
    assert email.buttons == ("See my basket",) and email.subject == "Here is Merino jumper." and email.end == ""
    assert (sms.buttons, sms.text, sms.segments) == ((), "Here is Merino jumper.", 1)
    assert whatsapp.buttons == ("Choose",) and whatsapp.rows == asks  # with a product beside it, buttons are a list
    assert messenger.replies == asks and messenger.cards[0].title == "Wool scarf"
    late = preview(_draft("It is late.", kind="parcel", case="delayed"), "whatsapp", SHOP)
    assert (late.buttons, late.rows) == (("Track my parcel", "Talk to a person"), ())


def test_what_a_channel_does_not_take_is_cut_as_it_would_be() -> None:
    long = _draft("Very long words. " * 60, kind="greeting", case="any", purpose="marketing")
    sms = preview(long, "sms", SHOP)
    assert (sms.segments, sms.is_cut) == (3, True) and "https://shop.example/u/" in sms.text
    assert preview(long, "web", SHOP).is_cut is False
    french = preview(_draft("Oui ?", language="fr", case="plain"), "messenger", SHOP)
    assert french.replies[0] == "Oui, passer commande"
    assert preview(_draft("Oui ?", language="fr"), "messenger", SHOP).replies[0].endswith("…")


def test_a_picture_is_shown_where_a_channel_shows_one_and_missed_where_it_is_not_there() -> None:
    draft = _draft("Look.", picture="autumn-2", kind="review", case="delivered")
    assert preview(draft, "web", SHOP).lacks_picture and not preview(draft, "sms", SHOP).lacks_picture
    found = Shop(NOW, "Europe/Paris", "EUR", lambda _key: PICTURE)
    for channel in ("web", "email", "whatsapp"):
        shown = preview(draft, channel, found)
        assert shown.picture == PICTURE.path and shown.alt == "Leaves", channel
    assert preview(draft, "messenger", found).picture == ""
    listed = preview(_draft("Look.", picture="autumn-2", kind="greeting", case="any"), "whatsapp", found)
    assert listed.rows and listed.drops_picture and not listed.picture  # a list has no room for it


PICTURE = Picture("autumn", 2, "d1", "image/jpeg", 1, 1, 1, {"fr": "Feuilles", "en": "Leaves"}, "x", "ada", NOW)
