"""How long a question waits for a bare yes, and keeps our own messages away."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from bot.profile.state import ConversationState, OpenQuestion


@pytest.mark.parametrize(("expects", "hours"), [("basket", 1), ("yes_no", 24), ("choice", 24)])
def test_a_question_grows_too_old_and_a_basket_that_was_only_shown_sooner(
    expects: str, hours: int, now: datetime
) -> None:
    question = OpenQuestion(expects=expects, asked_by="look:add", asked_at=now.isoformat())  # type: ignore[arg-type]
    state = replace(ConversationState(), open_question=question)
    assert state.question_at(now + timedelta(hours=hours, seconds=-1)) == question
    assert state.question_at(now + timedelta(hours=hours)) is None
