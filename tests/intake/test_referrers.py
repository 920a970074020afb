"""Where visitors came from: a search engine, or anywhere else; what they searched is not kept."""

from datetime import UTC, datetime

import pytest

from bot.intake.referrers import came_from
from bot.intake.segment import read_call

NOW = datetime(2026, 11, 24, 10, tzinfo=UTC)


@pytest.mark.parametrize("referrer", [
    None, "", "https://shop.example/p/1", "https://google.evil.example/", "https://notgoogle.com/", "https://[broken",
    "android-app://com.google.android.gm", 7, "https://mail.example.org/?q=google.com",
])
def test_takes_nothing_else_for_a_search(referrer: object) -> None:
    assert came_from({"page": {"referrer": referrer}}, {}) == ""


@pytest.mark.parametrize("referrer", [
    "https://www.google.fr/", "https://www.google.co.uk/search?q=coat", "https://www.bing.com/", "https://duckduckgo.com/",
    "https://search.yahoo.co.jp/x", "https://www.qwant.com/", "https://search.brave.com/search",
])
def test_knows_search_engines(referrer: str) -> None:
    assert came_from({"page": {"referrer": referrer}}, {}) == came_from({}, {"referrer": referrer}) == "search"


def test_keeps_that_it_was_a_search_and_nothing_of_the_words() -> None:
    context = {"page": {"referrer": "https://www.google.fr/search?q=a+secret"}}
    body = {"anonymousId": "a", "event": "Product Viewed", "properties": {"product_id": "1"}, "context": context}
    call = read_call(body, "track", NOW)
    assert call.properties == {"product_id": "1", "came_from": "search"}
