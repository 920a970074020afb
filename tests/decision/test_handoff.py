"""Who talks to a person of the shop is sold nothing, anywhere; news of an order still comes by letter and text."""

from dataclasses import replace
from pathlib import Path

import pytest

from bot.decision.facts_for import Candidate, is_handed_off
from bot.decision.triggers import load_triggers
from bot.profile.state import ConversationState

_DEMO = Path(__file__).parents[2] / "data" / "shops" / "demo" / "triggers.toml"
_SELLING = next(each for each in load_triggers(_DEMO) if each.name == "winter_offers")
_NEWS = replace(_SELLING, purpose="service")
_TALKING = ConversationState(handoff={"id": "1"})


@pytest.mark.parametrize(("channel", "news"), [("web", True), ("whatsapp", True), ("email", False), ("sms", False)])
def test_holds_what_sells_everywhere_and_news_in_chats(channel: str, news: bool) -> None:
    candidate = Candidate(channel, "plain", 1.0)
    assert is_handed_off(_TALKING, _SELLING, candidate)
    assert is_handed_off(_TALKING, _NEWS, candidate) is news
    assert not is_handed_off(ConversationState(), _SELLING, candidate)
