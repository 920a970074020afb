"""Something is open between a person and the shop until it is settled; one by one and for a crowd alike."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.decision.guardrails import load_guardrails
from bot.decision.matters import MATTER_NAMES, OPEN_DAYS, Said, find_with_open, has_open_matter
from bot.errors import FixConfiguration
from bot.profile.store.frames import MOMENT
from bot.texts.catalogue import load_catalogue

NOW = datetime(2026, 11, 30, 10, 0, tzinfo=UTC)
DEMO = Path(__file__).parents[2] / "data" / "shops" / "demo" / "guardrails.toml"


def is_open(*told: tuple[str, str, float], days: float = OPEN_DAYS) -> bool:
    return has_open_matter([Said(name, about, NOW - timedelta(days=ago)) for name, about, ago in told], NOW, days)


def test_nothing_is_open_with_whom_nothing_was_said() -> None:
    assert not is_open()


@pytest.mark.parametrize(("begins", "settles"), [
    ("Complaint Received", "Complaint Resolved"), ("Return Requested", "Return Finished"),
    ("Support Conversation Opened", "Support Conversation Resolved"),
    ("Support Conversation Reopened", "Support Conversation Pending"),  # given back to a bot
])
def test_is_open_until_it_is_settled(begins: str, settles: str) -> None:
    assert is_open((begins, "7", 3))
    assert not is_open((begins, "7", 3), (settles, "7", 1))
    assert is_open((begins, "7", 3), (settles, "8", 1))  # another one
    assert is_open((begins, "7", 3), (settles, "7", 5))  # begun again since
    assert not is_open((begins, "7", 3), (settles, "", 1))  # all of the kind


def test_one_kind_does_not_settle_another() -> None:
    assert is_open(("Return Requested", "", 3), ("Complaint Resolved", "", 1))


def test_a_message_takes_up_again_the_talk_that_it_names() -> None:
    settled = ("Support Conversation Resolved", "7", 2.0)
    assert is_open(("Support Conversation Opened", "7", 3), settled, ("Support Message Received", "7", 1))
    assert not is_open(("Support Conversation Opened", "7", 3), settled, ("Support Message Received", "", 1))


def test_is_forgotten_after_the_shops_days() -> None:
    assert is_open(("Complaint Received", "", 29), days=30)
    assert not is_open(("Complaint Received", "", 31), days=30)


_TOLD = st.tuples(
    st.integers(0, 2), st.sampled_from(MATTER_NAMES), st.sampled_from(("", "1", "2")), st.sampled_from((0, 1, 2, 40)))


@settings(max_examples=300, deadline=None)
@given(st.lists(_TOLD, max_size=12))
def test_a_crowd_is_judged_as_each_of_it(told: list[tuple[int, str, str, int]]) -> None:
    rows = [(person, name, about, NOW - timedelta(days=ago)) for person, name, about, ago in told]
    frame = pl.DataFrame(rows, orient="row", schema={
        "person": pl.UInt32, "name": pl.String, "about": pl.String, "at": MOMENT})
    alone = [person for person in range(3) if has_open_matter(
        [Said(*each) for owner, *each in rows if owner == person], NOW, 30)]
    assert sorted(find_with_open(frame, NOW, 30)["person"]) == alone


@pytest.mark.parametrize("days", ["0", "181", '"long"'])
def test_a_wrong_number_of_days_is_refused_with_its_line(tmp_path: Path, days: str) -> None:
    path = tmp_path / "guardrails.toml"
    path.write_text(f"[open_matters]\n\ndays = {days}\n", encoding="utf-8")
    path.with_name("goals.toml").write_text(DEMO.with_name("goals.toml").read_text(encoding="utf-8"), encoding="utf-8")
    with pytest.raises(FixConfiguration, match=r"guardrails\.toml, line 3: open_matters\.days"):
        load_guardrails(path)
    assert "must be from 1 to {most}" in load_catalogue("fr")


def test_a_shop_that_says_nothing_waits_long() -> None:
    assert load_guardrails(DEMO.parents[1] / "tau" / "guardrails.toml").open_matter_days == OPEN_DAYS
