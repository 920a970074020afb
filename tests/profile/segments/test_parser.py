"""Rules as people write them, in English and French, and what is said of mistakes."""

from contextlib import suppress
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import FixInput
from bot.profile.segments.describe import describe_rule
from bot.profile.segments.parser import parse_rule
from bot.profile.segments.tree import (
    And,
    Bought,
    Comparison,
    Consents,
    Did,
    Identified,
    InSegment,
    Not,
    Or,
    Seen,
    Spent,
    Trait,
)
from tests.profile.segments.worlds import TREES

DAY = 86_400


def least(number):
    return Comparison(">=", Decimal(number))


@pytest.mark.parametrize(
    ("rule", "says"),
    [
        ("", "column 1: expected a condition"),
        ("bought and", "column 11: expected a condition"),
        ("frobnicate", "column 1: expected a condition"),
        ("(bought or seen", "column 16: expected and, or (et, ou) or a closing parenthesis, found the end"),
        ("bought 'shoes", "column 8: expected its closing quote"),
        ("bought in 90", "column 13: expected days, weeks, months"),
        ("seen in 90 days and bought in 30 apples", "column 34: expected days, weeks, months"),
        ("bought in 90 apples", "column 14: expected days, weeks, months"),
        ("bought at least shoes", "column 17: expected a number of times, found 'shoes'"),
        ("bought at least two", "column 20: expected times (fois), found the end"),
        ("bought 1.5 times", "column 8: expected a whole number of times"),
        ("spend 200 EUR", "column 7: expected over, under"),
        ("spend over EUR", "column 12: expected an amount"),
        ("spend over 200 euros", "column 16: expected a currency"),
        ("consents to email on marketing", "column 13: expected a purpose"),
        ("consents to marketing on pigeon", "column 26: expected a channel"),
        ("identity passport", "column 10: expected a kind of identity"),
        ("trait city", "column 11: expected is, has, is known"),
        ("trait spend of 'EUR' is 3", "column 22: expected over, under"),
        ("seen in 200 years", "expected a time between"),
        ("bought; drop table", "column 7: expected a word"),
        ("not " * 60 + "seen", "expected fewer parentheses"),
        ("x" * 5_000, "too long"),
    ],
)
def test_a_mistake_is_refused_with_its_column_and_what_was_expected(rule, says):
    with pytest.raises(FixInput) as caught:
        parse_rule(rule)
    assert says in caught.value.message


@pytest.mark.parametrize(
    ("rules", "tree"),
    [
        (["bought 'shoes' at least 2 times in 90 days and not seen for 30 days",
          "bought shoes twice in 90 days and not seen for 30 days",
          "bought shoes twice in 90 days and not seen for 30",
          "a acheté 'shoes' au moins 2 fois en 90 jours et pas vu depuis 30 jours",
          "A ACHETÉ « shoes » deux fois ces 90 derniers jours et n'est pas vu depuis un mois"],
         And((Bought("", "shoes", least(2), 90 * DAY), Not(Seen(30 * DAY))))),
        (["spend over 200 EUR in 365 days", "spent more than €200 within the last year",
          "a dépensé plus de 200 € en un an", "dépense plus de 200,00 EUR en 365 jours"],
         Spent(Comparison(">", Decimal(20_000)), "EUR", 365 * DAY)),
        (["trait favourite_colours has 'navy'", "trait favourite_colours a 'navy'"],
         Trait("favourite_colours", "has", "navy")),
        (["consents to marketing on email", "consent à marketing sur email", "accepte le marketing sur email"],
         Consents("marketing", "email")),
        (["trait city is not 'L’Isle'", "trait city n'est pas \"L’Isle\""], Not(Trait("city", "is", "L’Isle"))),
        (["did 'Product Viewed' exactly 3 times in 7 days", "a fait 'Product Viewed' exactement trois fois en 7 jours"],
         Did("Product Viewed", Comparison("=", Decimal(3)), 7 * DAY)),
        (["has verified identity email", "identité vérifiée email", "identity email verified"],
         Identified("email", True)),
        (["bought and seen or not bought", "(a acheté et vu) ou jamais acheté"],
         Or((And((Bought(), Seen())), Not(Bought())))),
        (["bought and (seen or bought)", "acheté et (vu ou acheté)"], And((Bought(), Or((Seen(), Bought()))))),
        (["in segment 'regulars'", "dans le segment 'regulars'"], InSegment("regulars")),
        (["bought size 38", "a acheté taille '38'"], Bought("size", "38")),
        (["bought product in 30 days"], Bought("", "product", least(1), 30 * DAY)),
        (["bought in the last month under 3 times", "a acheté moins de 3 fois en 30 jours"],
         Bought("", "", Comparison("<", Decimal(3)), 30 * DAY)),
        (["trait spend of 'EUR' at least 20000", "trait spend pour 'EUR' au moins 20000"],
         Trait("spend", "number", key="EUR", comparison=least(20_000))),
        (["trait city is known", "trait city est connu"], Trait("city", "known")),
        (["spent over 500 JPY"], Spent(Comparison(">", Decimal(500)), "JPY")),
    ],
)
def test_english_and_french_say_the_same(rules, tree):
    assert [parse_rule(rule) for rule in rules] == [tree] * len(rules)


@given(TREES, st.sampled_from(["en", "fr"]))
def test_a_rule_in_words_reads_back_as_itself(tree, language):
    assert describe_rule(parse_rule(describe_rule(tree, language)), language) == describe_rule(tree, language)


_WORDS = "bought seen trait x is has not in 3 times days ( ) 'a' over EUR et pas a sur".split()


@given(st.one_of(st.text(max_size=60), st.lists(st.sampled_from(_WORDS)).map(" ".join)))
def test_whatever_is_typed_is_a_rule_or_refused(text):
    with suppress(FixInput):
        assert parse_rule(text) is not None
