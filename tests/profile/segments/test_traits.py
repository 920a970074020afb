"""A trait in a rule is the one that its rule chooses, asked of a database."""

from datetime import timedelta

import pytest

from bot.errors import FixInput
from bot.profile.customers import create_customer, link_identity
from bot.profile.segments.book import SegmentBook
from bot.profile.segments.query import select_persons, values_for
from bot.profile.segments.scope import Scope
from bot.profile.traits import TraitRule, set_trait

RULES = {
    "latest": TraitRule("latest"), "earliest": TraitRule("earliest", "earliest"),
    "silo": TraitRule("silo", "silo", ("crm", "shop")), "longest": TraitRule("longest", "longest"),
    "email": TraitRule("email", "verified", identity="email"), "counts": TraitRule("counts", "add_counts"),
}


@pytest.mark.parametrize(
    ("words", "rule", "is_in"),
    [
        ([], "trait latest is known", False),
        ([("latest", "a", "old"), ("latest", "b", "")], "trait latest is 'old'", True),
        ([("latest", "a", "old"), ("latest", "b", None)], "trait latest is known", True),
        ([("latest", "a", "old"), ("latest", "b", "new")], "trait latest is 'old'", False),
        ([("earliest", "a", "old"), ("earliest", "b", "new")], "trait earliest is 'old'", True),
        ([("silo", "crm", "a"), ("silo", "zzz", "b")], "trait silo is 'a'", True),
        ([("longest", "a", "Paris 9e"), ("longest", "b", "Paris")], "trait longest is 'Paris 9e'", True),
        ([("longest", "a", ["x", "y"]), ("longest", "b", ["x"])], "trait longest has 'y'", True),
        ([("longest", "a", {"x": 1, "y": 0}), ("longest", "b", {"x": 1})], "trait longest of 'y' under 1", True),
        ([("email", "a", " Me@shop.example"), ("email", "b", "else@shop.example")],
         "trait email is ' Me@shop.example'", True),
        ([("latest", "a", 3)], "trait latest over 2.5", True),
        ([("latest", "a", True)], "trait latest at least 1", False),
        ([("latest", "a", "3")], "trait latest is 3", False),
        ([], "trait latest under 3", False),
        ([("counts", "a", {"navy": 1}), ("counts", "b", {"navy": 2})], "trait counts of 'navy' is 3", None),
        ([("counts", "a", {"navy": 1}), ("counts", "b", {"navy": 2})], "trait counts of 'navy' exactly 3", True),
        ([("counts", "a", {"navy": 1}), ("counts", "web_claim", {"navy": 900})], "trait counts over 1", False),
        ([("counts", "a", {"navy": 1}), ("counts", "b", {"navy": -1})], "trait counts has 'navy'", False),
        ([("counts", "a", {"navy": "many"})], "trait counts is known", False),
        ([], "trait counts under 3", True),
    ],
)
def test_a_rule_finds_whom_the_chosen_value_fits(store, now, words, rule, is_in):
    book = SegmentBook({}, RULES)
    if is_in is None:
        with pytest.raises(FixInput, match="expected over, under"):
            book.read(rule)
        return
    with store.write() as connection:
        person = create_customer(connection, now=now, salt="salt-for-tests-0123")
        link_identity(connection, person, "email", "me@shop.example", source="shop", now=now)
        for days, (name, silo, value) in enumerate(words):
            set_trait(connection, person, name, value, silo=silo, now=now + timedelta(days=days))
    tree = book.read(rule)
    with store.read() as connection:
        statement = select_persons(tree, Scope(connection.dialect.name, RULES))
        assert connection.scalars(statement, values_for([tree], now)).all() == ([person] if is_in else [])
