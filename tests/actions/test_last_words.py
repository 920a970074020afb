"""Goodbyes and thanks: the channel may ask how it was when nothing is open and nobody is awaited."""

import pytest

from actions.edit_account import ActionEditAccount
from actions.handoff import ActionContactHumanAgent
from actions.smalltalk import ActionGoodbye, ActionGreet, ActionThank

LAST_WORDS = (ActionGoodbye, ActionThank)


@pytest.mark.parametrize("last", LAST_WORDS)
def test_asks_no_rating_while_a_question_is_open(world, last) -> None:
    world.sign_in("camille")
    world.do(ActionEditAccount, "change my e-mail")
    assert world.state.open_question
    assert not world.do(last)[0].asks_rating


@pytest.mark.parametrize("last", LAST_WORDS)
def test_asks_no_rating_of_somebody_who_waits_for_a_person(world, last) -> None:
    world.sign_in("camille")
    world.do(ActionContactHumanAgent, "a person please")
    assert not world.do(last)[0].asks_rating


@pytest.mark.parametrize("last", LAST_WORDS)
def test_asks_how_it_was_when_nothing_is_open(world, last) -> None:
    world.arrive()
    assert not world.do(ActionGreet)[0].asks_rating
    assert world.do(last)[0].asks_rating
