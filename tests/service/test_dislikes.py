"""Whether a no is said of what was shown, and up to where."""

import pytest

from bot.service.dislikes import is_dislike, until_kind, until_pointed


@pytest.mark.parametrize("text", [
    "Je n'aime pas la laine, ça gratte", "I don't like anything that is red", "I like blue, not this expensive",
    "I don't like turtlenecks, they make it hard to breathe", "Je n'aime pas le rouge, ça ne me va pas",
    "I hate yellow", "not that I care", "I do not like that it itches", "stop showing me polyester",
    "red is not for me", "is it red?",
])
def test_points_at_nothing_where_the_no_is_said_of_something_else(text):
    assert until_pointed(text) == ""


@pytest.mark.parametrize("text", [
    "I don't like it", "I don't really like this one at all", "not this one", "Not that.", "it's not for me",
    "it isn't my style", "not for me", "I hate these",
    "never show me that again", "I don't like this product",
    "this is not my cup of tea",
    "je n'aime pas ça", "je ne l'aime pas", "pas celle-ci", "celui-ci ne me plaît pas", "elle me plaît pas trop",
    "ce n'est pas pour moi", "c'est pas mon style", "ne me le montrez plus", "je la déteste", "pas pour moi",
    "ne me montre plus ça", "j'aime pas trop ce modèle", "I don't like it because it is too long",
])
def test_points_at_what_the_no_is_said_of(text):
    assert is_dislike(text)
    assert until_pointed(text) == text.rstrip(".")


@pytest.mark.parametrize(("text", "part"), [
    ("I don't like it, wool itches", "I don't like it"), ("wool, I don't like it", "wool, I don't like it"),
    ("C'est joli ; mais je n'aime pas celui-ci. Trop long", "C'est joli , mais je n'aime pas celui-ci"),
])
def test_ends_where_the_thought_ends(text, part):
    assert until_pointed(text) == part


@pytest.mark.parametrize(("text", "is_meant"), [
    ("I don't like this dress", True), ("je n'aime pas cette robe rouge", True), ("pas ce manteau", True),
    ("I don't like dresses", False), ("je n'aime pas les robes", False), ("I like this dress", False),
])
def test_points_at_a_thing_by_its_kind(text, is_meant):
    assert bool(until_kind(text)) == is_meant
