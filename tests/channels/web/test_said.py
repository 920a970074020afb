"""What a widget sends is checked field by field."""

from datetime import datetime
from json import dumps
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.channels.web.said import read_natural, read_positions, read_said
from bot.errors import FixInput
from tests.channels.rows import NOW

ID = "abcdefgh-0123"


@pytest.mark.parametrize(
    ("data", "field"),
    [
        (None, "body"), ("text", "body"), ({}, "id"), ({"id": 7, "text": "a"}, "id"),
        ({"id": "short", "text": "a"}, "id"), ({"id": "a:b:c:d:e", "text": "a"}, "id"),
        ({"id": ID}, "text"), ({"id": ID, "text": "  "}, "text"),
        ({"id": ID, "text": "a", "payload": "/greet"}, "text"), ({"id": ID, "text": ["a"]}, "text"),
        ({"id": ID, "text": "a" * 4_001}, "text"), ({"id": ID, "payload": "greet"}, "payload"),
        ({"id": ID, "payload": "/" + "a" * 2_000}, "payload"), ({"id": ID, "text": "a", "title": 1}, "title"),
        ({"id": ID, "text": "a", "page": "x"}, "page"), ({"id": ID, "text": "a", "page": {"url": "x" * 6_001}}, "page"),
    ],
)
def test_names_the_field_that_is_wrong(data: Any, field: str) -> None:
    with pytest.raises(FixInput) as caught:
        read_said("sender", data, NOW)
    assert caught.value.field == field


def test_keeps_a_text_as_it_was_typed(now: datetime) -> None:
    message, shown = read_said("sender", {"id": ID, "text": " <b>où</b>\nest-elle ?\x00 "}, now)
    assert message.text == "<b>où</b>\nest-elle ?"
    assert shown == {"text": "<b>où</b>\nest-elle ?"}
    assert (message.message_id, message.sender_id, message.channel) == (f"sender:{ID}", "sender", "web")
    assert message.sent_at == now.isoformat()


def test_shows_the_title_of_a_tapped_button(now: datetime) -> None:
    message, shown = read_said("sender", {"id": ID, "payload": "/affirm", "title": "Oui"}, now)
    assert (message.payload, message.text, shown) == ("/affirm", "", {"text": "Oui"})


def test_leaves_out_of_the_page_what_is_no_text(now: datetime) -> None:
    page = {"url": "/p", "product_id": "", "n": 3, "deep": {"a": 1}, "cart_token": "x\x00y"}
    message, _ = read_said("sender", {"id": ID, "text": "a", "page": page}, now)
    assert message.page == {"url": "/p", "cart_token": "xy"}


def test_keeps_no_half_of_a_sign(now: datetime) -> None:
    message, shown = read_said("sender", {"id": ID, "text": "hi \ud83d", "page": {"a\udc00": "\ud800"}}, now)
    assert (message.text, shown["text"]) == ("hi \ufffd", "hi \ufffd")
    assert message.page == {"a\ufffd": "\ufffd"}
    assert read_said("sender", {"id": ID, "text": "👋"}, now)[0].text == "👋"


def test_reads_places_and_nothing_else() -> None:
    assert read_positions([1, 0, True, -3, "4", None, 2**53, 5]) == [1, 5]
    assert read_positions("12") == []
    assert len(read_positions(list(range(1, 1_000)))) == 200
    assert [read_natural(each) for each in (None, "x", 1.5, True, -1, 3)] == [0, 0, 0, 0, 0, 3]


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(st.characters(), max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3), max_leaves=8,
)


@settings(deadline=None)  # a busy machine is no failure
@given(st.dictionaries(st.sampled_from(["id", "text", "payload", "title", "page"]), _json | st.just(ID)))
def test_takes_or_refuses_and_never_breaks(data: dict[str, Any]) -> None:
    try:
        message, shown = read_said("sender", data, NOW)
    except FixInput:
        return
    assert bool(message.text) != bool(message.payload)
    dumps(message.to_json(), ensure_ascii=False).encode()
    assert shown["text"]
