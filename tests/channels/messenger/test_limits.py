"""What Messenger shows: a carousel after its words, buttons, quick replies, else numbers that are understood."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.messenger.limits import choose_by_number, fit_content, is_window_open, split
from bot.channels.windows import may_write
from bot.contracts.messages import Card, OutboundMessage, QuickReply

NOW = datetime(2026, 11, 24, 10, tzinfo=UTC)
CARDS = tuple(
    Card(f"Jumper {n}", url="https://shop.example/p", image_url="https://shop.example/p.jpg", price_text="€89.00",
         buttons=(QuickReply("Add", f"/add{n}"), QuickReply("See it", url="https://shop.example/p")))
    for n in (1, 2)
)


def _message(*titles: str, text: str = "Which one?", **parts: Any) -> OutboundMessage:
    return OutboundMessage(text, quick_replies=tuple(QuickReply(each, f"/say{each}") for each in titles), **parts)


@pytest.mark.parametrize(("ago", "bot", "human"), [
    (timedelta(hours=23), True, True), (timedelta(hours=24), False, True), (timedelta(days=7), False, False),
])
def test_lets_a_person_answer_for_a_week_and_the_bot_for_a_day(ago: timedelta, bot: bool, human: bool) -> None:
    assert is_window_open(NOW - ago, NOW) is bot
    assert is_window_open(NOW - ago, NOW, is_human=True) is human
    assert may_write("messenger", NOW - ago, NOW, is_human=True) is human
    assert may_write("messenger", None, NOW) is False


@pytest.mark.parametrize("channel", ["web", "email", "sms"])
def test_knows_no_window_elsewhere(channel: str) -> None:
    assert may_write(channel, None, NOW)


def test_says_the_words_of_a_carousel_first() -> None:
    words, carousel = split(_message("Others", cards=CARDS))
    assert fit_content(words) == {"text": "Which one?"}
    content = fit_content(carousel)
    elements = content["attachment"]["payload"]["elements"]
    assert [each["title"] for each in elements] == ["Jumper 1", "Jumper 2"]
    assert elements[0]["buttons"] == [
        {"type": "postback", "title": "Add", "payload": "/add1"},
        {"type": "web_url", "title": "See it", "url": "https://shop.example/p"},
    ]
    assert content["quick_replies"] == [{"content_type": "text", "title": "Others", "payload": "/sayOthers"}]


@pytest.mark.parametrize("message", [_message("Yes"), OutboundMessage("", cards=CARDS)])
def test_splits_nothing_else(message: OutboundMessage) -> None:
    assert split(message) == (message,)


def test_numbers_words_and_cards_that_must_be_one_message() -> None:
    message = _message("Others", cards=CARDS)
    assert "2. Jumper 2" in fit_content(message)["text"]
    choice = choose_by_number(message, "2")
    assert choice is not None and choice.payload == "/add2"


def test_opens_a_page_by_a_button() -> None:
    message = OutboundMessage("Here.", quick_replies=(QuickReply("My order", url="https://shop.example/o"),))
    assert fit_content(message)["attachment"]["payload"] == {
        "template_type": "button", "text": "Here.",
        "buttons": [{"type": "web_url", "title": "My order", "url": "https://shop.example/o"}],
    }


def test_numbers_more_than_thirteen_choices() -> None:
    message = _message(*[f"Nr {number}" for number in range(14)])
    assert "quick_replies" not in fit_content(message)
    choice = choose_by_number(message, "14")
    assert choice is not None and choice.payload == "/sayNr 13"
    assert choose_by_number(_message("Yes", "No"), "2") is None


_buttons = st.builds(QuickReply, st.text(min_size=1, max_size=60), st.text(max_size=1_200).map(lambda each: f"/{each}"))
_links = st.builds(QuickReply, st.text(min_size=1, max_size=60), url=st.just("https://shop.example/a"))
_cards = st.builds(Card, st.text(min_size=1, max_size=120), price_text=st.text(max_size=20),
                   buttons=st.lists(_buttons | _links, max_size=5).map(tuple))


@given(st.builds(OutboundMessage, st.text(max_size=3_000), quick_replies=st.lists(_buttons | _links).map(tuple),
                 cards=st.lists(_cards, max_size=12).map(tuple)))
def test_is_never_over_a_limit(message: OutboundMessage) -> None:
    for part in split(message):
        content = fit_content(part)
        json.dumps(content)
        assert len(content.get("text", "")) <= 2_000
        assert len(content.get("quick_replies", ())) <= 13
        for each in content.get("quick_replies", ()):
            assert 1 <= len(each["title"]) <= 20 and 1 <= len(each["payload"]) <= 1_000
        payload = content.get("attachment", {}).get("payload", {})
        assert len(payload.get("elements", ())) <= 10 and len(payload.get("text", "")) <= 640
        for element in payload.get("elements", ()):
            assert 1 <= len(element["title"]) <= 80 and len(element.get("subtitle", "")) <= 80
            assert len(element.get("buttons", ())) <= 3
