"""Which words a channel takes: free ones in its window, approved ones out of it, none where it would refuse both."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.channels.windows import country_of, find_words

NOW = datetime(2026, 11, 24, 10, tzinfo=UTC)
OPEN, CLOSED, LONG_AGO = NOW - timedelta(hours=1), NOW - timedelta(hours=25), NOW - timedelta(days=8)


@pytest.mark.parametrize(("channel", "asked", "words"), [
    ("whatsapp", {"purpose": "service"}, "none"),
    ("whatsapp", {"purpose": "service", "has_template": True}, "template"),
    ("whatsapp", {"purpose": "service", "has_template": True, "country": "US"}, "template"),
    ("whatsapp", {"purpose": "marketing", "has_template": True, "country": "FR"}, "template"),
    ("whatsapp", {"purpose": "marketing", "has_template": True, "country": "CA"}, "template"),
    ("whatsapp", {"purpose": "marketing", "has_template": True, "country": "US"}, "none"),
    ("whatsapp", {"purpose": "service", "is_human": True}, "none"),
    ("messenger", {"purpose": "service"}, "none"),
    ("messenger", {"purpose": "service", "has_template": True, "country": "FR"}, "template"),
    ("messenger", {"purpose": "service", "is_human": True}, "free"),
    *[("messenger", {"purpose": "marketing", "has_template": True, "country": each}, "none")
      for each in ("FR", "DE", "GB", "JP", "US", "")],
    ("web", {"purpose": "marketing"}, "free"), ("email", {"purpose": "marketing"}, "free"),
    ("sms", {"purpose": "service"}, "free"),
])
def test_takes_out_of_the_window_what_was_approved_and_nothing_else(
    channel: str, asked: dict[str, Any], words: str
) -> None:
    assert find_words(channel, CLOSED, NOW, **asked) == words


@pytest.mark.parametrize("channel", ["whatsapp", "messenger"])
@pytest.mark.parametrize("purpose", ["service", "marketing"])
def test_takes_any_words_in_the_window(channel: str, purpose: str) -> None:
    assert find_words(channel, OPEN, NOW, purpose=purpose, has_template=True, country="US") == "free"
    assert find_words(channel, None, NOW, purpose=purpose) == "none"


def test_lets_a_person_write_for_a_week_and_no_longer() -> None:
    assert find_words("messenger", LONG_AGO, NOW, purpose="service", is_human=True) == "none"


@pytest.mark.parametrize(("channel", "address", "country"), [
    ("whatsapp", "33612345678", "FR"), ("whatsapp", "12025550123", "US"), ("whatsapp", "14165550123", "CA"),
    ("whatsapp", "121255531084", "US"),
    ("whatsapp", "447400123456", "GB"), ("whatsapp", "BR.13491208655302741918", "BR"), ("whatsapp", "x.1", ""),
    ("whatsapp", "0", ""), ("whatsapp", "", ""), ("messenger", "9001", ""), ("email", "a@example.com", ""),
])
def test_reads_the_country_where_the_address_tells_it(channel: str, address: str, country: str) -> None:
    assert country_of(channel, address) == country
