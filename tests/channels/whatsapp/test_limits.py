"""What WhatsApp shows: buttons, else a list, else numbers that are understood; nothing over its limits."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.whatsapp import limits
from bot.channels.whatsapp.limits import choose_by_number, fit_content, is_window_open
from bot.contracts.messages import Card, OutboundMessage, QuickReply, Timeline, TimelineStep

NOW = datetime(2026, 11, 24, 10, tzinfo=UTC)


def _message(*titles: str, text: str = "Which one?", **parts: Any) -> OutboundMessage:
    buttons = tuple(QuickReply(title, f'/affirm{{"option": "{number}"}}') for number, title in enumerate(titles))
    return OutboundMessage(text, quick_replies=buttons, **parts)


def _card(number: int, **parts: Any) -> Card:
    button = QuickReply("Add", f'/add_to_cart{{"variant": "v{number}"}}')
    return Card(f"Jumper {number}", price_text="€89.00", buttons=(button,), **parts)


@pytest.mark.parametrize(("ago", "is_open"), [
    (None, False), (timedelta(hours=24), False), (timedelta(hours=23, minutes=59), True), (timedelta(0), True),
])
def test_may_write_for_a_day_after_the_customer_did(ago: timedelta | None, is_open: bool) -> None:
    assert is_window_open(None if ago is None else NOW - ago, NOW) is is_open


def test_shows_up_to_three_short_choices_as_buttons() -> None:
    content = fit_content(_message("Yes", "No", "Later"))
    buttons = content["interactive"]["action"]["buttons"]
    assert [each["reply"]["title"] for each in buttons] == ["Yes", "No", "Later"]
    assert buttons[1]["reply"]["id"] == '/affirm{"option": "1"}'


@pytest.mark.parametrize("message", [
    _message("Yes", "No", "Later", "Never"), _message("Send me another one now", "No"), _message("Yes", "Yes"),
    _message("Yes", "No", text="x" * 1_025),
])
def test_shows_what_no_buttons_hold_as_a_list(message: OutboundMessage) -> None:
    assert fit_content(message)["interactive"]["type"] == "list"


def test_shows_products_and_choices_in_one_list() -> None:
    content = fit_content(_message("Others", cards=(_card(1), _card(2, note="in your size"))))
    rows = content["interactive"]["action"]["sections"][0]["rows"]
    assert [each["title"] for each in rows] == ["Jumper 1", "Jumper 2", "Others"]
    assert rows[1]["description"] == "€89.00 · in your size"


@pytest.mark.parametrize("message", [
    _message(*[f"Option {number}" for number in range(11)]), _message("Yes", text=""),
    OutboundMessage("Which?", quick_replies=(QuickReply("Yes", "/a" * 200),)),
])
def test_numbers_what_no_list_holds_and_understands_the_number(message: OutboundMessage) -> None:
    content = fit_content(message)
    assert content["type"] == "text" and "1. " in content["text"]["body"]
    last = len(message.quick_replies)
    for said in (str(last), f" {last}. ", f"n°{last}", f"N° {last}"):
        choice = choose_by_number(message, said)
        assert choice is not None and choice.payload == message.quick_replies[-1].payload
    for said in ("0", str(last + 1), "two", f"{last} pieces", "", "-"):
        assert choose_by_number(message, said) is None


def test_says_a_timeline_and_where_it_can_be_followed() -> None:
    timeline = Timeline("Order MP1", (TimelineStep("Sent", "2026-11-23T09:00:00+00:00", state="done"),), "Colissimo",
                        "6A1", "https://track.example/6A1", "It is late.")
    body = fit_content(OutboundMessage("Here it is.", timeline=timeline))["text"]["body"]
    assert "It is late." in body and "✓ Sent" in body and "https://track.example/6A1" in body


def test_sends_a_picture_with_its_words() -> None:
    content = fit_content(OutboundMessage("The look", image_url="https://shop.example/a.jpg"))
    assert content == {"type": "image", "image": {"link": "https://shop.example/a.jpg", "caption": "The look"}}


def test_says_whole_addresses_and_leaves_out_those_of_our_own_pages() -> None:
    links = (QuickReply("My orders", url="https://shop.example/orders"), QuickReply("Here", url="/account"))
    body = fit_content(OutboundMessage("See", quick_replies=links))["text"]["body"]
    assert body == "See\nMy orders: https://shop.example/orders"


def test_says_who_of_the_shop_speaks() -> None:
    assert fit_content(OutboundMessage("It is found.", author="Léa"))["text"]["body"] == "Léa: It is found."


_texts = st.text(min_size=0, max_size=5_000)
_buttons = st.builds(QuickReply, st.text(min_size=1, max_size=60), st.text(max_size=300).map(lambda each: f"/{each}"))
_cards = st.builds(Card, st.text(min_size=1, max_size=90), price_text=st.text(max_size=20),
                   note=st.text(max_size=99), buttons=st.lists(_buttons, max_size=3).map(tuple))


@given(st.builds(OutboundMessage, _texts, quick_replies=st.lists(_buttons, max_size=22).map(tuple),
                 cards=st.lists(_cards, max_size=12).map(tuple)))
def test_is_never_over_a_limit(message: OutboundMessage) -> None:
    content = fit_content(message)
    json.dumps(content)
    if content["type"] == "text":
        assert len(content["text"]["body"]) <= limits.TEXT_BODY
        return
    inner = content["interactive"]
    if inner["type"] == "button":
        buttons = [each["reply"] for each in inner["action"]["buttons"]]
        assert 1 <= len(buttons) <= 3 and 1 <= len(inner["body"]["text"]) <= 1_024
        assert all(1 <= len(each["title"]) <= 20 and 1 <= len(each["id"]) <= 256 for each in buttons)
        return
    rows = inner["action"]["sections"][0]["rows"]
    assert 1 <= len(rows) <= 10 and 1 <= len(inner["body"]["text"]) <= 4_096 and len(inner["action"]["button"]) <= 20
    assert all(1 <= len(row["title"]) <= 24 and 1 <= len(row["id"]) <= 200 for row in rows)
    assert all(len(row.get("description", "")) <= 72 for row in rows)
    assert len({row["id"] for row in rows}) == len(rows)
